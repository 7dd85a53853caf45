import { describeError } from '../../protocol/errors.ts';
import { hasConsoleText } from '../machine/console-tail.ts';
import type { MachineDirectory } from '../machine/machine-directory.ts';
import { releaseName } from '../machine/machine-name.ts';
import { ClientServer } from './client-server.ts';
import { ClientService } from './client-service.ts';
import { LogCap } from './log-cap.ts';
import { MachineLife } from './machine-life.ts';
import type { MonitorContext } from './monitor-context.ts';
import { openContext } from './monitor-setup.ts';
import { findLeftMachine } from './recovery.ts';

export interface MonitorTimes {
  /** A monitor that nobody asks to start its machine ends after this time. */
  idleMs: number;
  /** After the machine's end, clients that take nothing are waited for so long. */
  farewellMs: number;
}
const defaultTimes: MonitorTimes = { idleMs: 60_000, farewellMs: 10_000 };

/** The monitor of one machine, from its start to its end. */
export class Monitor {
  readonly #context: MonitorContext;
  readonly #life: MachineLife;
  readonly #server: ClientServer;
  readonly #logCap: LogCap;
  readonly #times: MonitorTimes;
  readonly #ended = Promise.withResolvers<void>();
  #idleTimer: NodeJS.Timeout | undefined;
  #farewellTimer: NodeJS.Timeout | undefined;
  #isEnding = false;

  private constructor(context: MonitorContext, times: MonitorTimes) {
    this.#context = context;
    this.#times = times;
    this.#life = new MachineLife(context);
    this.#logCap = new LogCap([context.directory.consoleLogPath, context.directory.vmLogPath]);
    const service = new ClientService(context, this.#life);
    this.#server = new ClientServer(context.directory.monitorSocketPath, {
      request: (connection, request, gone) => {
        if (request.method === 'start') this.#stay();
        service.handle(connection, request, gone);
      },
      idle: () => this.#endIfLeft(),
    });
    this.#life.on('over', () => this.#sayFarewell());
  }

  /**
   * Takes a machine over, running or not, and serves its clients. The caller holds the machine's lock. Throws a
   * FirstbornError of code `host` when the machine's files or socket can't be used.
   */
  static async open(
    directory: MachineDirectory,
    warn: (message: string) => void,
    times: Partial<MonitorTimes> = {},
  ): Promise<Monitor> {
    const context = await openContext(directory, warn);
    const monitor = new Monitor(context, { ...defaultTimes, ...times });
    const left = await findLeftMachine(context);
    if (left.state === 'running') monitor.#life.adopt(left.vm, left.progress);
    else monitor.#idleTimer = setTimeout(() => void monitor.#end(), monitor.#times.idleMs);
    await monitor.#server.listen();
    return monitor;
  }

  /** Resolves when the monitor has nothing more to do; the process can end. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** Stops the machine, in order if its guest can be asked, and ends. */
  async stop(): Promise<void> {
    if (!this.#life.isAlive) {
      await this.#end();
      return;
    }
    try {
      await this.#life.stop({});
    } catch (error) {
      this.#context.warn(`Cannot stop the machine in order: ${describeError(error)}`);
      this.#life.destroy();
    }
  }

  /** Somebody wants the machine to run. */
  #stay(): void {
    clearTimeout(this.#idleTimer);
    clearInterval(this.#farewellTimer);
    this.#farewellTimer = undefined;
  }

  /** The machine has ended, and the status says so: the clients get their last words. */
  #sayFarewell(): void {
    this.#context.broadcaster.end();
    const { farewellMs } = this.#times;
    this.#farewellTimer = setInterval(() => {
      const nowMs = performance.now();
      const isWaiting = [...this.#server.connections].some(
        ({ lastProgressMs }) => nowMs - lastProgressMs < farewellMs,
      );
      if (!isWaiting && this.#isOnRecord) void this.#end();
    }, farewellMs / 10);
    // Those who wait for the end are answered after this turn of the event loop.
    setImmediate(() => this.#endIfLeft());
  }

  /** The exit is on disk, or nobody will look for it there. While it is not, nobody else could tell it. */
  get #isOnRecord(): boolean {
    const { keeper, record } = this.#context;
    return keeper.isSaved || record.autoRemove;
  }

  #endIfLeft(): void {
    const isLeft = this.#farewellTimer !== undefined && this.#server.connections.size === 0;
    if (isLeft && this.#isOnRecord) void this.#end();
  }

  async #end(): Promise<void> {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#stay();
    this.#server.close();
    this.#logCap.close();
    const { keeper, record, directory, warn } = this.#context;
    const removes = record.autoRemove && keeper.status.state === 'exited';
    // Who waits for the removal waits for this process.
    if (!removes) keeper.update({ monitor: null });
    keeper.close();
    if (removes) {
      await this.#remove().catch((error: unknown) =>
        warn(`Cannot remove "${directory.path}": ${describeError(error)}`),
      );
    }
    this.#ended.resolve();
  }

  /** Removes the machine, but for the console log of one that failed: it may be all there is to know. */
  async #remove(): Promise<void> {
    const { keeper, record, directory } = this.#context;
    await releaseName(directory, record.name);
    const hasFailed = keeper.status.exit?.reason === 'failed';
    if (hasFailed && (await hasConsoleText(directory.consoleLogPath)))
      await directory.removeAllButConsoleLog();
    else await directory.remove();
  }
}
