import { EventEmitter } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { FirstbornError } from '../../protocol/errors.ts';
import type { Event, ReadyEvent, Welcome } from '../../protocol/messages.ts';
import { mainStreams } from '../../protocol/names.ts';
import { ChannelClient } from '../channel/channel-client.ts';
import { connectUnix } from '../channel/unix-transport.ts';
import type { CommandLine } from '../vm/machine-description.ts';
import type { MachineExit } from './machine-exit.ts';
import { describeEnd, MonitorProcess, type ProcessEnd } from './monitor-process.ts';

export interface MachineDeadlines {
  /** From the monitor's start to its socket. */
  connectMs: number;
  /** From the monitor's start to the guest's welcome. Generous: an emulated guest on a busy host is slow. */
  bootMs: number;
  /** From the guest's last event to the machine's end. */
  powerOffMs: number;
}
const defaultDeadlines: MachineDeadlines = { connectMs: 10_000, bootMs: 300_000, powerOffMs: 10_000 };

/** What of the channel may still be on its way to us when the monitor has ended. */
const lastBytesMs = 1_000;
const reconnectIntervalMs = 100;

export interface MachineOptions {
  command: CommandLine;
  channelSocketPath: string;
  deadlines?: Partial<MachineDeadlines>;
}

interface MachineEvents {
  opened: [Welcome];
  /** The workload runs. */
  ready: [ReadyEvent];
  /** Each of the guest's events, `ready` included. */
  event: [Event];
  /** Something went wrong that the run survives. */
  warning: [string];
}

export interface StopParameters {
  /** Signal number in place of the workload's own stop signal. */
  signal?: number;
  /** Time from the signal to the kill of everything in the workload's cgroup. */
  graceMs?: number;
}

/**
 * One virtual machine from its start to its end. Knows no terminal and no files but the channel's socket;
 * several clients may listen to it.
 */
export class Machine extends EventEmitter<MachineEvents> {
  readonly #options: MachineOptions;
  readonly #deadlines: MachineDeadlines;
  readonly #client = new ChannelClient();
  readonly #over = new AbortController();
  readonly #exit = Promise.withResolvers<MachineExit>();
  #monitor: MonitorProcess | undefined;
  #outcome: MachineExit | undefined;
  #killed = false;
  #isReady = false;

  constructor(options: MachineOptions) {
    super();
    this.#options = options;
    this.#deadlines = { ...defaultDeadlines, ...options.deadlines };
    this.#client.on('opened', (welcome) => this.emit('opened', welcome));
    this.#client.on('event', (event) => this.#take(event));
    this.#client.on('failed', (error) => this.#fail(error));
    this.#client.on('ignored', (problem) => this.emit('warning', problem.message));
    this.#client.on('gap', ({ stream, missingBytes }) =>
      this.emit('warning', `Lost ${missingBytes} bytes of stream ${stream}`),
    );
  }

  /** The workload's output. Must be read: the workload blocks on what nobody takes. */
  get stdout(): Readable {
    return this.#client.readable(mainStreams.stdout);
  }
  get stderr(): Readable {
    return this.#client.readable(mainStreams.stderr);
  }
  /** The workload's input, when the launch config asked for one. */
  get stdin(): Writable {
    return this.#client.writableStream(mainStreams.stdin);
  }
  /** What the monitor copies of the console. Only after `start`. */
  get consoleCopy(): Readable | undefined {
    return this.#monitor?.stdout;
  }
  /** The workload's exec has happened. */
  get isReady(): boolean {
    return this.#isReady;
  }
  /** The guest has said its last word, or the machine has failed or was killed: only its end is left. */
  get isEnding(): boolean {
    return this.#outcome !== undefined || this.#killed;
  }
  /** Resolves, never rejects, when the machine is gone. Bytes may still wait in `stdout` and `stderr`. */
  get exited(): Promise<MachineExit> {
    return this.#exit.promise;
  }

  /**
   * Starts the monitor and returns; boot, events and end follow by themselves. Throws a FirstbornError of
   * code `vm` when the monitor can't be executed; then nothing runs.
   */
  async start(): Promise<void> {
    const monitor = await MonitorProcess.start(this.#options.command);
    this.#monitor = monitor;
    if (this.#killed) monitor.kill();
    void this.#watchEnd(monitor);
    void this.#keepConnected();
    this.#watchBoot();
  }

  /** Asks the guest to stop the workload. Rejects like ChannelClient.request. */
  async stop(parameters: StopParameters): Promise<void> {
    await this.#client.request('stop', parameters);
  }

  /** Ends the machine at once. */
  kill(): void {
    this.#killed = true;
    this.#monitor?.kill();
  }

  #take(event: Event): void {
    switch (event.event) {
      case 'ready':
        this.#isReady = true;
        this.emit('ready', event);
        break;
      case 'exit':
        this.#settle({ state: 'exited', event });
        break;
      case 'fault':
        if (this.#outcome !== undefined) {
          this.emit('warning', `Guest failed at "${event.phase}": ${event.message}`);
        }
        this.#settle({ state: 'fault', event });
        break;
      case 'stopping':
        break;
      default:
        event satisfies never;
    }
    this.emit('event', event);
  }

  /** The first last word counts. The guest powers off once its event is acknowledged. */
  #settle(outcome: MachineExit): void {
    if (this.#outcome !== undefined) return;
    this.#outcome = outcome;
    this.#after(this.#deadlines.powerOffMs, () => {
      this.emit(
        'warning',
        `Machine did not power off within ${this.#deadlines.powerOffMs} ms and was killed`,
      );
      this.#monitor?.kill();
    });
  }

  #fail(error: FirstbornError): void {
    this.#outcome ??= { state: 'failed', error };
    this.#monitor?.kill();
  }

  #watchBoot(): void {
    const { bootMs } = this.#deadlines;
    const cancel = this.#after(bootMs, () => {
      this.#fail(new FirstbornError('timeout', `Guest did not open the channel within ${bootMs / 1000} s`));
    });
    this.#client.once('opened', cancel);
  }

  /** Calls back unless the machine ends before. Returns a function that calls it off. */
  #after(delayMs: number, callback: () => void): () => void {
    const timer = setTimeout(callback, delayMs);
    const cancel = (): void => clearTimeout(timer);
    this.#over.signal.addEventListener('abort', cancel, { once: true });
    return cancel;
  }

  /** Waits, at most until the machine is over. */
  async #pause(durationMs: number): Promise<void> {
    await delay(durationMs, undefined, { signal: this.#over.signal }).catch(() => {});
  }

  /** Connects, and connects again whenever the transport is lost while the machine lives. */
  async #keepConnected(): Promise<void> {
    const { signal } = this.#over;
    try {
      for (;;) {
        const transport = await connectUnix(this.#options.channelSocketPath, {
          deadlineMs: this.#deadlines.connectMs,
          signal,
        });
        const lost = new Promise<void>((resolve) => this.#client.once('lost', () => resolve()));
        this.#client.attach(transport);
        await lost;
        await this.#pause(reconnectIntervalMs);
      }
    } catch (error) {
      if (!signal.aborted) this.#fail(error as FirstbornError);
    }
  }

  async #watchEnd(monitor: MonitorProcess): Promise<void> {
    const end = await monitor.ended;
    // The monitor's socket may hold bytes that it sent last; the end of the socket comes after them.
    const lost = new Promise<void>((resolve) => this.#client.once('lost', () => resolve()));
    if (this.#client.isOpen) await Promise.race([lost, this.#pause(lastBytesMs)]);
    this.#over.abort();
    this.#client.close();
    this.#exit.resolve(this.#outcome ?? this.#endWithoutWord(end));
  }

  #endWithoutWord(end: ProcessEnd): MachineExit {
    if (this.#killed) return { state: 'killed' };
    const clean = end.code === 0 && end.errorText === '';
    const problem = clean
      ? 'Machine ended without a word from the guest'
      : `Virtual machine monitor ${describeEnd(end)}`;
    return { state: 'failed', error: new FirstbornError('vm', problem) };
  }
}
