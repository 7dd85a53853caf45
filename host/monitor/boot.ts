import { describeError, FirstbornError } from '../../protocol/errors.ts';
import type { Event, ReadyEvent } from '../../protocol/messages.ts';
import { truncate } from 'node:fs/promises';
import { killProcess } from '../machine/liveness.ts';
import { type BootProgress, Machine } from '../machine/machine.ts';
import type { MachineEnd } from '../machine/machine-end.ts';
import type { ProcessIdentity } from '../machine/machine-record.ts';
import { BootWatch } from './boot-watch.ts';
import { ExecExits } from './exec-exits.ts';
import { machineHealth } from './machine-health.ts';
import { startHelpers } from './helper-programs.ts';
import { machineVmm } from './machine-vmm.ts';
import type { MonitorContext } from './monitor-context.ts';
import { releaseOrphans } from './orphaned-execs.ts';
import { WorkloadOutput } from './workload-output.ts';

/**
 * One boot of the machine: its helpers, its virtual machine, its output and its events, up to the point where
 * everything that it had to say is on record. Begins with `start` or `adopt`.
 */
export class Boot {
  /** Told when the workload runs and that is on record. */
  onReady: (event: ReadyEvent) => void = () => {};
  readonly machine: Machine;
  /** What runs in it by exec. */
  readonly execs: ExecExits;
  readonly #context: MonitorContext;
  readonly #output: WorkloadOutput;
  readonly #started = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<MachineEnd>();
  readonly #killed = new AbortController();
  readonly #watch = new BootWatch();
  #readyMs: number | undefined;
  #rebootsItself = false;

  constructor(context: MonitorContext, progress?: BootProgress) {
    const { broadcaster } = context;
    this.#context = context;
    this.machine = new Machine({
      vmm: machineVmm(context),
      ...(progress === undefined ? {} : { progress }),
    });
    if (progress?.isReady === true) this.#readyMs = context.keeper.status.startedMs ?? Date.now();
    this.execs = new ExecExits(this.machine);
    this.#output = new WorkloadOutput(this.machine, {
      log: context.log,
      broadcaster,
      onGap: (stream, missingBytes) => context.recordEvent({ event: 'gap', stream, missingBytes }),
      warn: context.warn,
    });
    broadcaster.onHold = (isHeld) => (isHeld ? this.#output.hold() : this.#output.release());
    context.input.connect(this.machine.stdin);
    this.#listen();
    this.#started.promise.catch(() => {});
  }

  /** Resolves when the virtual machine monitor runs; rejects as `start` does. */
  get started(): Promise<void> {
    return this.#started.promise;
  }

  /** Resolves when all is over and on record; then the helpers are gone, too. */
  get ended(): Promise<MachineEnd> {
    return this.#ended.promise;
  }

  /** How long the workload has run, or ran. */
  get ranMs(): number {
    return this.#readyMs === undefined ? 0 : Date.now() - this.#readyMs;
  }

  /** The guest goes down in order to come up again. */
  get rebootsItself(): boolean {
    return this.#rebootsItself;
  }

  /** Starts helpers and virtual machine. Throws a FirstbornError of code `vm`; then `ended` has it, too. */
  async start(): Promise<void> {
    const { keeper, recordEvent, log, directory } = this.#context;
    this.#watch.note('startUnixMs');
    keeper.update({
      state: 'starting',
      vm: null,
      helpers: [],
      bootId: null,
      acknowledged: 0,
      startedMs: Date.now(),
      ready: null,
      health: null,
      exit: null,
    });
    recordEvent({ event: 'start' });
    try {
      log.beginBoot();
      for (const path of [directory.vmLogPath, directory.consoleLogPath])
        await truncate(path).catch(() => {});
      await startHelpers(this.#context.record.helpers, {
        logPath: directory.vmLogPath,
        signal: this.#killed.signal,
        started: (identity) => keeper.update({ helpers: [...keeper.status.helpers, identity] }),
      });
      this.#killed.signal.throwIfAborted();
      await this.machine.start();
      this.#watch.note('vmUnixMs');
    } catch (cause) {
      throw await this.#failToStart(cause);
    }
    keeper.update({ vm: this.machine.process ?? null });
    this.#started.resolve();
    void this.#conclude();
  }

  /** Goes on with a virtual machine that an earlier monitor started. */
  adopt(identity: ProcessIdentity): void {
    this.machine.adopt(identity);
    this.#started.resolve();
    void this.#conclude();
  }

  /** Takes the machine's power away, also before it has any. */
  kill(): void {
    this.#killed.abort();
    this.machine.kill();
  }

  #listen(): void {
    const { keeper, warn } = this.#context;
    let sessions = 0;
    this.machine.on('warning', warn);
    this.machine.on('event', (event) => this.#take(event));
    this.machine.on('opened', ({ bootId }) => {
      sessions += 1;
      this.#watch.note('openedUnixMs');
      if (keeper.status.bootId !== bootId) keeper.update({ bootId });
      releaseOrphans(this.machine, this.execs).catch((error: unknown) => warn(describeError(error)));
    });
  }

  /** On record first: when this returns, the guest forgets the event. */
  #take(event: Event): void {
    const { keeper, record, recordEvent } = this.#context;
    if (event.event === 'ready') this.#watch.note('readyUnixMs');
    recordEvent(
      event.event === 'boot-timeline' ? { ...event, ...this.#watch.addition(record.description) } : event,
    );
    keeper.note({ acknowledged: event.sequence });
    if (event.event === 'ready') {
      this.#readyMs = Date.now();
      keeper.update({ ready: event, state: keeper.status.state === 'stopping' ? 'stopping' : 'running' });
      this.onReady(event);
    }
    if (event.event === 'health') keeper.update({ health: machineHealth(event, Date.now()) });
    if (event.event === 'stopping') {
      this.#rebootsItself = event.reason === 'control-alt-delete';
      keeper.update({ state: 'stopping' });
    }
  }

  async #conclude(): Promise<void> {
    const end = await this.machine.exited;
    await this.#output.drain();
    this.#tidyUp();
    this.#ended.resolve(end);
  }

  async #failToStart(cause: unknown): Promise<FirstbornError> {
    const error =
      cause instanceof FirstbornError
        ? cause
        : new FirstbornError('vm', 'Cannot start the machine', { cause });
    this.#tidyUp();
    this.machine.abandon();
    this.#started.reject(error);
    this.#ended.resolve(this.#killed.signal.aborted ? { state: 'killed' } : { state: 'failed', error });
    return error;
  }

  #tidyUp(): void {
    const { keeper, broadcaster, input } = this.#context;
    broadcaster.onHold = () => {};
    input.disconnect();
    for (const helper of keeper.status.helpers) killProcess(helper);
  }
}
