import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { bootDeadlineMs, GuestConversation, waitDeadlineMs } from '../../support/guest-conversation.ts';
import type { Dom0Session } from './dom0-session.ts';
import { type DomainDescription, domainConfig } from './domain-config.ts';
import type { XenHost } from './xen-host.ts';

/** The console that carries the channel: the second one. */
const channelConsole = '1';

export interface XenGuestOptions extends DomainDescription {
  /** A directory that the control domain sees, for the configuration. */
  directory: string;
  /** The program that serves the second console, as the control domain sees it. */
  consoleBackend: string;
}

/** Runs `xl create` so that it stays until the domain has ended. Gives the domain's number once it is there, paused. */
async function createPaused(host: XenHost, configPath: string): Promise<{ xl: Xl; domainId: number }> {
  const xl = new Xl(host.start(['xl', 'create', '-F', '-p', configPath]));
  const domainId = Number((await xl.said(/\(domid (\d+)\)/))[1]);
  return { xl, domainId };
}

/** What an `xl create -F` says, to its end. */
class Xl {
  output = '';
  readonly session: Dom0Session;
  readonly ended: Promise<void>;
  #heard: () => void = () => {};

  constructor(session: Dom0Session) {
    this.session = session;
    session.stdin.end();
    for (const stream of [session.stdout, session.stderr]) {
      stream.on('data', (bytes: Buffer) => {
        this.output += bytes.toString();
        this.#heard();
      });
    }
    const over = (): void => this.#heard();
    this.ended = session.exited.then(over, over);
  }

  /** Waits until its output matches. Rejects with all of it when it ends before. */
  async said(pattern: RegExp): Promise<RegExpMatchArray> {
    let isOver = false;
    void this.ended.then(() => {
      isOver = true;
    });
    for (;;) {
      const match = this.output.match(pattern);
      if (match !== null) return match;
      if (isOver) throw new Error(`Cannot create the domain\n${this.output}`);
      await new Promise<void>((resolve) => {
        this.#heard = resolve;
      });
    }
  }
}

/** A guest on the bench, with the channel's own end on its second console. Its end fails whatever waits for something. */
export class XenGuest extends GuestConversation implements AsyncDisposable {
  readonly name: string;
  readonly domainId: number;
  readonly #host: XenHost;
  readonly #xl: Xl;
  readonly #backend: Dom0Session;
  /** What the console's backend hands out and takes, whichever session is on it. */
  #transport: Duplex | undefined;

  private constructor(host: XenHost, xl: Xl, domainId: number, { name, consoleBackend }: XenGuestOptions) {
    super({ ended: xl.ended, console: () => host.guestConsole(name) });
    this.name = name;
    this.domainId = domainId;
    this.#host = host;
    this.#xl = xl;
    this.#backend = host.start([consoleBackend, String(domainId), channelConsole]);
  }

  /** Creates the domain and lets it run. Nobody speaks to it yet. */
  static async create(host: XenHost, options: XenGuestOptions): Promise<XenGuest> {
    const configPath = join(options.directory, `${options.name}.cfg`);
    writeFileSync(configPath, domainConfig(options));
    const { xl, domainId } = await createPaused(host, configPath);
    const guest = new XenGuest(host, xl, domainId, options);
    guest.#backend.stdout.on('data', (bytes: Buffer) => guest.#transport?.push(bytes));
    guest.#backend.stdout.on('end', () => guest.#transport?.push(null));
    guest.#backend.stderr.resume();
    await guest.until(
      'the second console',
      async () => (await guest.readStore(`device/console/${channelConsole}/state`)) === '1',
    );
    await guest.xl('unpause', String(domainId));
    return guest;
  }

  /** The same, with a session on its channel and a workload that runs. */
  static async boot(host: XenHost, options: XenGuestOptions): Promise<XenGuest> {
    const guest = await XenGuest.create(host, options);
    try {
      await guest.openSession();
      await guest.event('ready', () => true, bootDeadlineMs);
      return guest;
    } catch (error) {
      await guest[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Begins a session on the console, over what an earlier one may have left in its ring. */
  async openSession(): Promise<void> {
    await this.openOn(this.takeConsole());
  }

  /** The console's bytes, both ways, for whoever took them last. The guest never hears of a change. */
  takeConsole(): Duplex {
    const { stdin } = this.#backend;
    const transport = new Duplex({
      read: () => {},
      write: (bytes: Buffer, _encoding, done) => void stdin.write(bytes, () => done()),
    });
    this.#transport = transport;
    return transport;
  }

  /** Runs xl with these words; it must succeed. Gives its output. */
  async xl(...words: string[]): Promise<string> {
    const { code, output } = await this.#host.run(['xl', ...words]);
    if (code !== 0) throw this.failure(`Cannot run "xl ${words.join(' ')}": ${output}`);
    return output;
  }

  /** A node of xenstore below the domain's own directory, if it is there. */
  async readStore(path: string): Promise<string | undefined> {
    const { code, output } = await this.#host.run(['xenstore-read', this.storePath(path)]);
    return code === 0 ? output.trimEnd() : undefined;
  }

  storePath(path: string): string {
    return `/local/domain/${this.domainId}/${path}`;
  }

  /** Waits for the end of the domain. Gives the reason that xl tells: 0 poweroff, 1 reboot, 3 crash. */
  async end(): Promise<number> {
    const late = delay(waitDeadlineMs, undefined, { ref: false }).then(() => {
      throw this.failure(`The domain has not ended within ${waitDeadlineMs} ms`);
    });
    await Promise.race([this.#xl.ended, late]);
    const reason = this.#xl.output.match(/reason code (\d+)/)?.[1];
    if (reason === undefined) throw this.failure(`Cannot find a reason in what xl says: ${this.#xl.output}`);
    return Number(reason);
  }

  /** Destroys the domain, if it is still there. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.client.close();
    await this.#host.run(['xl', 'destroy', String(this.domainId)]);
    this.#backend.close();
    this.#xl.session.close();
  }
}
