import { EventEmitter } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { FirstbornError } from '../../protocol/errors.ts';
import type { Event, Metrics, ReadyEvent, Welcome } from '../../protocol/messages.ts';
import { mainStreams } from '../../protocol/names.ts';
import { ChannelClient } from '../channel/channel-client.ts';
import type { StreamGap } from '../channel/stream-table.ts';
import type { ProcessEnd } from './detached-process.ts';
import type { MachineEnd } from './machine-end.ts';
import type { ProcessIdentity } from './machine-record.ts';
import type { Vmm, VmProcess } from './vmm.ts';

export interface MachineDeadlines {
  /** From the VM monitor's start to a channel that can be connected to. */
  connectMs: number;
  /** From the VM monitor's start to the guest's welcome. Generous: an emulated guest on a busy host is slow. */
  bootMs: number;
  /** From the guest's last event to the machine's end. */
  powerOffMs: number;
}
const defaultDeadlines: MachineDeadlines = { connectMs: 10_000, bootMs: 300_000, powerOffMs: 10_000 };

/** What of the channel may still be on its way to us when the VM monitor has ended. */
const lastBytesMs = 1_000;
const reconnectIntervalMs = 100;

/** How far an earlier process had got with the boot that is taken over. */
export interface BootProgress {
  /** The last event that it recorded. */
  acknowledged: number;
  /** Stream id to the bytes that it has kept. */
  received: ReadonlyMap<number, number>;
  bootId?: string;
  isReady: boolean;
  /** The guest's last word, when that had been said. */
  end: MachineEnd | undefined;
}

export interface MachineOptions {
  vmm: Vmm;
  deadlines?: Partial<MachineDeadlines>;
  /** For `adopt`. */
  progress?: BootProgress;
}

interface MachineEvents {
  opened: [Welcome];
  /** The workload runs. */
  ready: [ReadyEvent];
  /** Each of the guest's events, `ready` included; acknowledged when the listeners have returned. */
  event: [Event];
  /** Bytes of a stream that never came. */
  gap: [StreamGap];
  sample: [Metrics];
  /** Something went wrong that the run survives. */
  warning: [string];
}

export interface StopParameters {
  /** Signal number in place of the workload's own stop signal. */
  signal?: number | undefined;
  /** Time from the signal to the kill of everything in the workload's cgroup. */
  graceMs?: number | undefined;
}

export interface ShutdownParameters extends StopParameters {
  how: 'poweroff' | 'reboot';
}

/**
 * One boot of a virtual machine from its start, or from when it was taken over, to its end. Knows no terminal
 * and no files. The virtual machine survives this process.
 */
export class Machine extends EventEmitter<MachineEvents> {
  /** The channel, for all that this class does not do itself. */
  readonly channel: ChannelClient;
  readonly #options: MachineOptions;
  readonly #deadlines: MachineDeadlines;
  readonly #over = new AbortController();
  readonly #end = Promise.withResolvers<MachineEnd>();
  #process: VmProcess | undefined;
  #outcome: MachineEnd | undefined;
  #killed = false;
  #isReady: boolean;

  constructor(options: MachineOptions) {
    super();
    this.#options = options;
    this.#deadlines = { ...defaultDeadlines, ...options.vmm.deadlines, ...options.deadlines };
    const { progress } = options;
    this.#isReady = progress?.isReady ?? false;
    this.channel = new ChannelClient(progress ?? {});
    this.#listen(this.channel);
  }

  /** The workload's output. Must be read: the workload blocks on what nobody takes. */
  get stdout(): Readable {
    return this.channel.readable(mainStreams.stdout);
  }
  get stderr(): Readable {
    return this.channel.readable(mainStreams.stderr);
  }
  /** The workload's input, when the launch config asked for one. */
  get stdin(): Writable {
    return this.channel.writableStream(mainStreams.stdin);
  }
  /** The process that stands for the virtual machine, from the start on. */
  get process(): ProcessIdentity | undefined {
    return this.#process?.identity;
  }
  /** The workload's exec has happened. */
  get isReady(): boolean {
    return this.#isReady;
  }
  /** The guest has said its last word, or the machine has failed or was killed: only its end is left. */
  get isEnding(): boolean {
    return this.#outcome !== undefined || this.#killed;
  }
  /** Aborts when the machine is gone. */
  get over(): AbortSignal {
    return this.#over.signal;
  }
  /** Resolves, never rejects, when the machine is gone. Bytes may still wait in `stdout` and `stderr`. */
  get exited(): Promise<MachineEnd> {
    return this.#end.promise;
  }

  /**
   * Starts the VM monitor and returns; boot, events and end follow by themselves. Throws a FirstbornError of
   * code `vm` when it can't be executed; then nothing runs.
   */
  async start(): Promise<void> {
    this.#run(await this.#options.vmm.start());
  }

  /** Takes over a virtual machine that an earlier process started. Its progress is among the options. */
  adopt(identity: ProcessIdentity): void {
    const { vmm, progress } = this.#options;
    this.#run(vmm.adopt(identity, { wasOpened: progress?.bootId !== undefined }));
    if (progress?.end !== undefined) this.#settle(progress.end);
  }

  /** Asks the guest to stop the workload. Rejects like ChannelClient.request. */
  async stop(parameters: StopParameters): Promise<void> {
    await this.channel.request('stop', parameters);
  }

  /** Gives up a machine that was never started: nobody need wait for its guest. */
  abandon(): void {
    this.#over.abort();
    this.channel.close();
  }

  /** Ends the machine at once. */
  kill(): void {
    this.#killed = true;
    this.#process?.kill();
  }

  /**
   * Waits for the channel to be open. Throws a FirstbornError of code `vm` when the machine ends before, of
   * code `timeout` at the deadline.
   */
  async whenOpen(deadlineMs: number): Promise<void> {
    if (this.channel.isOpen) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const opened = (): void => resolve();
    const ended = (): void =>
      reject(new FirstbornError('vm', 'Cannot reach the guest: the machine has ended'));
    if (this.#over.signal.aborted) ended();
    const timer = setTimeout(() => {
      reject(new FirstbornError('timeout', `Cannot reach the guest within ${deadlineMs / 1000} s`));
    }, deadlineMs);
    this.channel.once('opened', opened);
    this.#over.signal.addEventListener('abort', ended, { once: true });
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      this.channel.removeListener('opened', opened);
      this.#over.signal.removeEventListener('abort', ended);
    }
  }

  #listen(channel: ChannelClient): void {
    channel.on('opened', (welcome) => this.emit('opened', welcome));
    channel.on('event', (event) => this.#take(event));
    channel.on('sample', (metrics) => this.emit('sample', metrics));
    channel.on('gap', (gap) => this.emit('gap', gap));
    channel.on('failed', (error) => this.#fail(error));
    channel.on('ignored', (problem) => this.emit('warning', problem.message));
    channel.on('silent', () => this.emit('warning', 'Guest does not answer'));
    channel.on('heard', () => this.emit('warning', 'Guest answers again'));
  }

  #run(vmProcess: VmProcess): void {
    this.#process = vmProcess;
    if (this.#killed) vmProcess.kill();
    void this.#watchEnd(vmProcess);
    void this.#keepConnected();
    this.#watchBoot();
  }

  #take(event: Event): void {
    if (event.event === 'ready') {
      this.#isReady = true;
      this.emit('ready', event);
    }
    this.emit('event', event);
    if (event.event === 'exit') this.#settle({ state: 'exited', event });
    if (event.event === 'fault') this.#settle({ state: 'fault', event });
  }

  /** The first last word counts. The guest powers off once its event is acknowledged. */
  #settle(outcome: MachineEnd): void {
    if (this.#outcome !== undefined) {
      if (outcome.state === 'fault') {
        this.emit('warning', `Guest failed at "${outcome.event.phase}": ${outcome.event.message}`);
      }
      return;
    }
    this.#outcome = outcome;
    const { powerOffMs } = this.#deadlines;
    this.#after(powerOffMs, () => {
      this.emit('warning', `Machine did not power off within ${powerOffMs} ms and was killed`);
      this.#process?.kill();
    });
  }

  #fail(error: FirstbornError): void {
    this.#outcome ??= { state: 'failed', error };
    this.#process?.kill();
  }

  #watchBoot(): void {
    const { bootMs } = this.#deadlines;
    const cancel = this.#after(bootMs, () => {
      this.#fail(new FirstbornError('timeout', `Guest did not open the channel within ${bootMs / 1000} s`));
    });
    this.channel.once('opened', cancel);
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
        const transport = await this.#options.vmm.connect({
          deadlineMs: this.#deadlines.connectMs,
          signal,
        });
        const lost = new Promise<void>((resolve) => this.channel.once('lost', () => resolve()));
        this.channel.attach(transport);
        await lost;
        await this.#pause(reconnectIntervalMs);
      }
    } catch (error) {
      if (!signal.aborted) this.#fail(error as FirstbornError);
    }
  }

  async #watchEnd(vmProcess: VmProcess): Promise<void> {
    const end: ProcessEnd = await vmProcess.ended;
    // The socket may hold bytes that were sent last; its end comes after them.
    const lost = new Promise<void>((resolve) => this.channel.once('lost', () => resolve()));
    if (this.channel.isOpen) await Promise.race([lost, this.#pause(lastBytesMs)]);
    this.#over.abort();
    this.channel.close();
    this.#end.resolve(this.#outcome ?? (await this.#endWithoutWord(end)));
  }

  async #endWithoutWord(end: ProcessEnd): Promise<MachineEnd> {
    if (this.#killed) return { state: 'killed' };
    return { state: 'failed', error: await this.#options.vmm.endWithoutWord(end) };
  }
}
