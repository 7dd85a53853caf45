import { EventEmitter, once } from 'node:events';
import { describeError, FirstbornError } from '../../protocol/errors.ts';
import type { ReadyEvent } from '../../protocol/messages.ts';
import { GuestRefusal } from '../channel/guest-refusal.ts';
import type { BootProgress, Machine, ShutdownParameters, StopParameters } from '../machine/machine.ts';
import { machineExit } from '../machine/machine-end.ts';
import type { MachineExit, ProcessIdentity } from '../machine/machine-record.ts';
import { Boot } from './boot.ts';
import type { MonitorContext } from './monitor-context.ts';
import { RestartCounter } from './restart-policy.ts';

interface LifeEvents {
  ready: [ReadyEvent];
  /** The machine has ended and will not restart. */
  over: [MachineExit];
}

/** How long a request of a client waits for the channel of a machine that runs. */
const reachMs = 10_000;

/** A machine over all of its boots: started, restarted by its policy, stopped. The status says where it is. */
export class MachineLife extends EventEmitter<LifeEvents> {
  readonly #context: MonitorContext;
  readonly #restarts: RestartCounter;
  #boot: Boot | undefined;
  #restartTimer: NodeJS.Timeout | undefined;
  /** Somebody wants it to stay down once it has ended. */
  #isCalledOff = false;
  #isRebooting = false;

  constructor(context: MonitorContext) {
    super();
    // One listener per client that waits.
    this.setMaxListeners(0);
    this.#context = context;
    this.#restarts = new RestartCounter(context.record.restart);
  }

  /** It runs, or is about to. */
  get isAlive(): boolean {
    return this.#boot !== undefined || this.#restartTimer !== undefined;
  }

  /** The boot that is under way. */
  get boot(): Boot | undefined {
    return this.#boot;
  }

  /** Takes over the boot of an earlier monitor. */
  adopt(identity: ProcessIdentity, progress: BootProgress): void {
    const boot = new Boot(this.#context, progress);
    this.#follow(boot);
    boot.adopt(identity);
  }

  /** Boots unless it is alive. Throws a FirstbornError when the virtual machine monitor can't be started. */
  async start(): Promise<void> {
    if (this.#boot !== undefined) {
      await this.#boot.started;
      return;
    }
    if (this.#restartTimer !== undefined) return;
    this.#restarts.reset();
    this.#isCalledOff = false;
    this.#context.keeper.note({ restarts: 0, finishedMs: null });
    await this.#bootOnce();
  }

  /** Resolves when the workload runs; rejects with code `vm` when the machine has ended for good before. */
  async ready(signal: AbortSignal): Promise<ReadyEvent> {
    const { status } = this.#context.keeper;
    if (this.#boot !== undefined && status.ready !== null) return status.ready;
    if (!this.isAlive && status.exit !== null) throw endedError(status.exit);
    const done = new AbortController();
    const stopped = AbortSignal.any([signal, done.signal]);
    const over = once(this, 'over', { signal: stopped }).then(([exit]) => {
      throw endedError(exit as MachineExit);
    });
    try {
      const [ready] = (await Promise.race([once(this, 'ready', { signal: stopped }), over])) as [ReadyEvent];
      return ready;
    } finally {
      done.abort();
    }
  }

  /** Resolves when the machine has ended and will not restart. */
  async wait(signal: AbortSignal): Promise<MachineExit> {
    const { exit } = this.#context.keeper.status;
    if (!this.isAlive && exit !== null) return exit;
    const [event] = (await once(this, 'over', { signal })) as [MachineExit];
    return event;
  }

  /** Stops the workload in order; a machine without one ends at once. Returns when the stop has begun. */
  async stop(parameters: StopParameters): Promise<void> {
    await this.#callOff((machine) => machine.stop(parameters));
  }

  /** Ends the machine in order, or has it boot again. */
  async shutdown(params: ShutdownParameters): Promise<void> {
    if (params.how === 'poweroff') {
      await this.#callOff((machine) => machine.channel.request('shutdown', params));
      return;
    }
    const { machine } = await this.reach('shutdown');
    this.#isRebooting = true;
    try {
      await machine.channel.request('shutdown', params);
    } catch (error) {
      if (machine.isEnding) return;
      this.#isRebooting = false;
      throw error;
    }
  }

  /** Takes the machine's power away. */
  destroy(): void {
    if (!this.isAlive) return;
    this.#isCalledOff = true;
    this.#isRebooting = false;
    this.#context.recordEvent({ event: 'destroy' });
    if (this.#restartTimer !== undefined) this.#endRestart();
    this.#boot?.kill();
  }

  /** The boot with its channel open. Throws with code `vm` when none runs, with `timeout` after a while. */
  async reach(purpose: string, deadlineMs: number = reachMs): Promise<Boot> {
    const boot = this.#boot;
    if (boot === undefined) {
      throw new FirstbornError('vm', `Cannot ask the guest for "${purpose}": the machine is not running`);
    }
    await boot.machine.whenOpen(deadlineMs);
    return boot;
  }

  async #callOff(ask: (machine: Machine) => Promise<unknown>): Promise<void> {
    this.#isCalledOff = true;
    this.#isRebooting = false;
    if (this.#restartTimer !== undefined) {
      this.#endRestart();
      return;
    }
    const boot = this.#boot;
    if (boot === undefined || boot.machine.isEnding) return;
    if (!boot.machine.channel.isOpen && !boot.machine.isReady) {
      boot.kill();
      return;
    }
    const { machine } = await this.reach('stop');
    this.#context.keeper.update({ state: 'stopping' });
    try {
      await ask(machine);
    } catch (error) {
      if (machine.isEnding) return;
      const isEarly = error instanceof GuestRefusal && error.reply.code === 'not-found' && !machine.isReady;
      if (!isEarly) throw error;
      boot.kill();
    }
  }

  async #bootOnce(): Promise<void> {
    const boot = new Boot(this.#context);
    this.#follow(boot);
    await boot.start();
  }

  #follow(boot: Boot): void {
    this.#boot = boot;
    this.#isRebooting = false;
    boot.onReady = (event) => this.emit('ready', event);
    void boot.ended.then((end) => this.#concluded(boot, machineExit(end)));
  }

  #concluded(boot: Boot, exit: MachineExit): void {
    this.#boot = undefined;
    const { keeper, recordEvent, warn } = this.#context;
    const isReboot = (this.#isRebooting || boot.rebootsItself) && !this.#isCalledOff;
    const decision = isReboot
      ? ({ state: 'restart', delayMs: 0 } as const)
      : this.#isCalledOff
        ? ({ state: 'stay' } as const)
        : this.#restarts.decide(exit, boot.ranMs);
    const atRest = { vm: null, helpers: [], exit, finishedMs: Date.now() };
    if (decision.state === 'stay') {
      this.#finish(exit, atRest);
      return;
    }
    const restarts = keeper.status.restarts + (isReboot ? 0 : 1);
    keeper.update({ ...atRest, state: 'restarting', restarts });
    recordEvent({ event: 'restart', exit, delayMs: decision.delayMs, reboot: isReboot });
    this.#restartTimer = setTimeout(() => {
      this.#restartTimer = undefined;
      this.#bootOnce().catch((error: unknown) => warn(describeError(error)));
    }, decision.delayMs);
  }

  #endRestart(): void {
    clearTimeout(this.#restartTimer);
    this.#restartTimer = undefined;
    const { exit } = this.#context.keeper.status;
    if (exit !== null) this.#finish(exit, {});
  }

  #finish(exit: MachineExit, changes: object): void {
    this.#context.recordEvent({ event: 'end', exit });
    this.#context.keeper.update({ ...changes, state: 'exited' });
    this.emit('over', exit);
  }
}

function endedError({ code, message }: MachineExit): FirstbornError {
  return new FirstbornError(
    'vm',
    `Machine ended with code ${code}${message === undefined ? '' : `: ${message}`}`,
  );
}
