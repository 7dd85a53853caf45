import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { bootDeadlineMs, GuestConversation } from '../../support/guest-conversation.ts';
import { benchPaths } from './bench-paths.ts';
import type { Dom0Session } from './dom0-session.ts';
import { type DomainDescription, domainConfig } from './domain-config.ts';
import type { XenHost } from './xen-host.ts';
import { XlCreate } from './xl-create.ts';

/** The console that carries the channel: the second one. */
const channelConsole = '1';
/** A shutdown starts Node in the guest, and a panic may come late in a boot. */
const endDeadlineMs = 120_000;

export interface XenGuestOptions extends DomainDescription {
  /** A directory that the control domain sees, for the configuration. */
  directory: string;
  /** Called while the domain is there and waits to be let go. */
  whilePaused?: (guest: XenGuest) => Promise<void>;
}

/** A guest on the bench, with the channel's own end on its second console. Its end fails whatever waits for something. */
export class XenGuest extends GuestConversation implements AsyncDisposable {
  readonly name: string;
  readonly domainId: number;
  readonly #host: XenHost;
  readonly #xl: XlCreate;
  #backend: Dom0Session;
  /** Who has the console now. */
  #transport: Duplex | undefined;

  private constructor(host: XenHost, xl: XlCreate, domainId: number, name: string) {
    super({ ended: xl.ended, console: () => host.guestConsole(name) });
    this.name = name;
    this.domainId = domainId;
    this.#host = host;
    this.#xl = xl;
    this.#backend = this.#startBackend();
  }

  /** Creates the domain and lets it run. Nobody speaks to it yet. */
  static async create(host: XenHost, options: XenGuestOptions): Promise<XenGuest> {
    const configPath = join(options.directory, `${options.name}.cfg`);
    writeFileSync(configPath, domainConfig(options));
    const { xl, domainId } = await XlCreate.paused(host, configPath);
    const guest = new XenGuest(host, xl, domainId, options.name);
    try {
      await guest.until('the second console', async () => {
        return (await guest.readStore(`device/console/${channelConsole}/state`)) !== undefined;
      });
      await options.whilePaused?.(guest);
      await guest.xl('unpause', String(domainId));
      return guest;
    } catch (error) {
      await guest[Symbol.asyncDispose]();
      throw error;
    }
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

  /** The console's bytes, both ways. Whoever had them before has them no longer, and is not told; nor is the guest. */
  takeConsole(): Duplex {
    const transport: Duplex = new Duplex({
      read: () => {},
      write: (bytes: Buffer, _encoding, done) => {
        if (this.#transport === transport) this.#backend.stdin.write(bytes, () => done());
        else done();
      },
    });
    this.#transport = transport;
    return transport;
  }

  /** Nobody has the console any more: what the guest says goes nowhere. */
  leaveConsole(): void {
    this.#transport = undefined;
  }

  /** Kills the console's backend, and lets another one serve the same ring. */
  async replaceBackend(): Promise<void> {
    this.#backend.close();
    await this.#backend.exited.catch(() => {});
    this.#backend = this.#startBackend();
  }

  /** Runs xl with these words; it must succeed. Gives its output. */
  async xl(...words: string[]): Promise<string> {
    return await this.#run('xl', ...words);
  }

  /** A node of xenstore below the domain's own directory, if it is there. */
  async readStore(path: string): Promise<string | undefined> {
    const { code, output } = await this.#host.run(['xenstore-read', this.#storePath(path)]);
    return code === 0 ? output.trimEnd() : undefined;
  }

  /** Makes a node of xenstore below the domain's own directory, which the guest may write and make others in. */
  async makeWritable(path: string): Promise<void> {
    await this.#run('xenstore-write', this.#storePath(path), '');
    await this.#run('xenstore-chmod', this.#storePath(path), `n${this.domainId}`);
  }

  /** The logs of the bench stay, too. */
  override failure(problem: string): Error {
    this.#host.keepLogs();
    return super.failure(problem);
  }

  /** Waits for the end of the domain. Gives the reason that xl tells: 0 poweroff, 1 reboot, 3 crash. */
  async end(): Promise<number | undefined> {
    const hasEnded = this.#xl.ended.then(() => true);
    const isInTime = await Promise.race([hasEnded, delay(endDeadlineMs, false, { ref: false })]);
    if (!isInTime) throw this.failure(`The domain has not ended within ${endDeadlineMs} ms`);
    return this.#xl.reason;
  }

  /** Waits until xl has removed the domain. */
  async gone(): Promise<void> {
    await this.#xl.finished;
  }

  /** Destroys the domain, if it is still there. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.client.close();
    await this.#host.run(['xl', 'destroy', String(this.domainId)]);
    this.#backend.close();
    this.#xl.close();
  }

  #startBackend(): Dom0Session {
    const backend = this.#host.start([benchPaths.consoleBackend, String(this.domainId), channelConsole]);
    backend.stdout.on('data', (bytes: Buffer) => this.#transport?.push(bytes));
    backend.stdin.on('error', () => {});
    backend.stderr.resume();
    return backend;
  }

  async #run(...words: string[]): Promise<string> {
    const { code, output } = await this.#host.run(words);
    if (code !== 0) throw this.failure(`Cannot run "${words.join(' ')}": ${output}`);
    return output;
  }

  #storePath(path: string): string {
    return `/local/domain/${this.domainId}/${path}`;
  }
}
