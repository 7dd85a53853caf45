import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connectUnix } from '../../../host/channel/unix-transport.ts';
import { xlConfigName } from '../../../host/vm/xl-config.ts';
import { GuestConversation } from '../../support/guest-conversation.ts';
import type { XenHost } from './xen-host.ts';

const socketDeadlineMs = 30_000;
const pollIntervalMs = 500;

export interface DomainByHandOptions {
  /** What `firstborn build --vmm xen` has left. */
  directory: string;
  name: string;
  /** The backend of the channel, as a program of this machine. */
  consoleProgram: string;
}

/** A domain that nobody watches, as docs/xen.md makes it: by xl(1), its channel a socket of socat(1). */
export class DomainByHand extends GuestConversation implements AsyncDisposable {
  /** Resolves when the domain has gone. */
  readonly ended: Promise<void>;
  readonly #host: XenHost;
  readonly #name: string;
  readonly #domainId: string;
  readonly #socat: ChildProcess;
  readonly #socketPath: string;

  private constructor(
    host: XenHost,
    { directory, name, consoleProgram }: DomainByHandOptions,
    domainId: string,
  ) {
    const ended = isGone(host, name);
    super({ ended, console: () => host.guestConsole(name) });
    this.ended = ended;
    this.#host = host;
    this.#name = name;
    this.#domainId = domainId;
    this.#socketPath = join(directory, 'channel.sock');
    const addresses = [
      `UNIX-LISTEN:${this.#socketPath},fork,max-children=1`,
      `EXEC:${consoleProgram} ${domainId} 1`,
    ];
    const log = openSync(join(host.logsDir, 'socat.log'), 'a');
    this.#socat = spawn('socat', addresses, { stdio: ['ignore', 'ignore', log] });
    closeSync(log);
  }

  /** Creates the domain, paused. */
  static async create(host: XenHost, options: DomainByHandOptions): Promise<DomainByHand> {
    await succeed(host, 'xl', 'create', '-p', join(options.directory, xlConfigName));
    const domainId = await succeed(host, 'xl', 'domid', options.name);
    return new DomainByHand(host, options, domainId.trim());
  }

  /** Lets it run, once somebody has connected and its second console is there. */
  async unpause(): Promise<void> {
    const path = `/local/domain/${this.#domainId}/device/console/1/state`;
    await this.until(
      'the second console',
      async () => (await this.#host.run(['xenstore-exists', path])).code === 0,
    );
    await succeed(this.#host, 'xl', 'unpause', this.#name);
  }

  /** Opens a session as another host, over a connection of its own; resolves when the guest has answered. */
  async connect(): Promise<void> {
    const signal = AbortSignal.timeout(socketDeadlineMs);
    await this.openOn(await connectUnix(this.#socketPath, { deadlineMs: socketDeadlineMs, signal }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.close();
    await this.#host.run(['xl', 'destroy', this.#name]);
    await this.ended;
    this.#socat.kill();
    rmSync(this.#socketPath, { force: true });
  }
}

async function succeed(host: XenHost, ...words: string[]): Promise<string> {
  const { code, output } = await host.run(words);
  if (code !== 0) throw new Error(`Cannot run "${words.join(' ')}": ${output}`);
  return output;
}

async function isGone(host: XenHost, name: string): Promise<void> {
  while ((await host.run(['xl', 'domid', name])).code === 0) {
    await delay(pollIntervalMs, undefined, { ref: false });
  }
}
