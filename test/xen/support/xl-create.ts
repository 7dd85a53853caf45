import type { Dom0Session } from './dom0-session.ts';
import type { XenHost } from './xen-host.ts';

/** An `xl create` that stays until its domain is gone, and what it says meanwhile. */
export class XlCreate {
  output = '';
  /** When the domain has ended, be it destroyed or kept; or xl itself. */
  readonly ended: Promise<unknown>;
  /** When xl itself has ended: the domain is gone. */
  readonly finished: Promise<unknown>;
  readonly #session: Dom0Session;
  #isFinished = false;
  #onNews: (() => void)[] = [];

  private constructor(session: Dom0Session) {
    this.#session = session;
    session.stdin.end();
    for (const stream of [session.stdout, session.stderr]) {
      stream.on('data', (bytes: Buffer) => {
        this.output += bytes.toString();
        this.#tell();
      });
    }
    const finish = (): void => {
      this.#isFinished = true;
      this.#tell();
    };
    this.finished = session.exited.then(finish, finish);
    this.ended = this.#said(/has shut down, reason code \d+/).catch(() => {});
  }

  /** Creates a domain that waits to be let go. Gives xl and the domain's number. */
  static async paused(host: XenHost, configPath: string): Promise<{ xl: XlCreate; domainId: number }> {
    const xl = new XlCreate(host.start(['xl', 'create', '-F', '-p', configPath]));
    try {
      const [, domainId] = await xl.#said(/\(domid (\d+)\)/);
      return { xl, domainId: Number(domainId) };
    } catch (error) {
      host.keepLogs();
      throw error;
    }
  }

  /** Why the domain has ended: 0 poweroff, 1 reboot, 2 suspend, 3 crash; `undefined` when xl has not said so. */
  get reason(): number | undefined {
    const code = this.output.match(/has shut down, reason code (\d+)/)?.[1];
    return code === undefined ? undefined : Number(code);
  }

  /** Kills xl itself, not the domain. */
  close(): void {
    this.#session.close();
  }

  /** Waits until its output matches. Rejects with all of it when it ends before. */
  async #said(pattern: RegExp): Promise<RegExpMatchArray> {
    for (;;) {
      const match = this.output.match(pattern);
      if (match !== null) return match;
      if (this.#isFinished) throw new Error(`Cannot create the domain\n${this.output}`);
      await new Promise<void>((resolve) => this.#onNews.push(resolve));
    }
  }

  #tell(): void {
    for (const resolve of this.#onNews.splice(0)) resolve();
  }
}
