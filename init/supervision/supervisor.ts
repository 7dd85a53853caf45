import type { EventBody, StopReason } from '../../protocol/messages.ts';
import { mainContainerId } from '../../protocol/names.ts';
import { RequestRefusal } from '../channel/requests.ts';
import type { Container } from '../container/container.ts';
import type { ProcessEnd } from '../container/process-end.ts';
import type { RunningProcess } from '../container/running-process.ts';
import type { Log } from '../log/log.ts';
import { exitEvent } from './exit-events.ts';
import { defaultStopPolicy, type StopPolicy } from './stop-policy.ts';

export type MachineEnd = 'poweroff' | 'reboot';

/** A stop as somebody asks for it; the policy says what they leave open. */
export interface StopOrder {
  reason: StopReason;
  signal?: number | undefined;
  graceMs?: number | undefined;
}

export interface ShutdownOrder extends StopOrder {
  how: MachineEnd;
}

/** Thrown by `whileWanted` once the machine is to end before its workload runs. */
export class StoppedEarly extends Error {
  override readonly name = 'StoppedEarly';

  constructor() {
    super('stopped before the workload was started');
  }
}

export interface SupervisorDependencies {
  log: Log;
  announce: (body: EventBody) => void;
  /** Lets a frozen container go on: a frozen one meets no signal. */
  thaw: () => Promise<void>;
}

const shorter = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined || other === undefined ? (one ?? other) : Math.min(one, other);

/**
 * Watches over the workload from before its start to its exit event. Whatever wants it to end, a request, a power
 * button or a fault, comes here and takes the same way.
 */
export class Supervisor {
  policy: StopPolicy = defaultStopPolicy;
  readonly #dependencies: SupervisorDependencies;
  readonly #interrupted = Promise.withResolvers<never>();
  #container: Container | undefined;
  #exit: Promise<ProcessEnd> | undefined;
  /** A shutdown that was asked for before there was a container. */
  #early: StopOrder | undefined;
  #machineEnd: MachineEnd = 'poweroff';

  constructor(dependencies: SupervisorDependencies) {
    this.#dependencies = dependencies;
    // It may be rejected while no phase is waiting.
    this.#interrupted.promise.catch(() => {});
  }

  /** What is to become of the machine when the workload has ended: the last word counts. */
  get machineEnd(): MachineEnd {
    return this.#machineEnd;
  }

  /** Containers that run. */
  containers(): Container[] {
    return this.#container?.running === true ? [this.#container] : [];
  }

  /** The container, for a request that does something to it. Throws a RequestRefusal when none runs. */
  container(what: string): Container {
    if (this.#container === undefined)
      throw new RequestRefusal('not-found', `Cannot ${what}: the container has not started`);
    if (!this.#container.running)
      throw new RequestRefusal('not-found', `Cannot ${what}: the container has ended`);
    return this.#container;
  }

  /** The process of an exec, or the container's first one. Throws a RequestRefusal when it does not run. */
  process(exec: number | undefined, what: string): RunningProcess {
    const container = this.container(what);
    if (exec === undefined) return container.main;
    const process = container.execs.find(exec);
    if (process === undefined)
      throw new RequestRefusal('not-found', `Cannot ${what}: there is no exec ${exec}`);
    return process;
  }

  /** Runs a phase of the boot. Throws StoppedEarly instead of starting it, or as soon as nobody wants it any more. */
  async whileWanted<Result>(phase: () => Result | Promise<Result>): Promise<Result> {
    this.throwIfStopped();
    return await Promise.race([phase(), this.#interrupted.promise]);
  }

  /** For a phase that must not be left half done. */
  throwIfStopped(): void {
    if (this.#early !== undefined) throw new StoppedEarly();
  }

  /** Takes charge of a container that has just started. Its exit will be announced. */
  adopt(container: Container): void {
    this.#container = container;
    this.#exit = container.ended().then((end) => {
      this.#dependencies.announce(exitEvent(end));
      return end;
    });
    // Asked for while it was starting, when its policy may not have been known.
    if (this.#early !== undefined) this.#stopNow(container, this.#early);
  }

  /** Resolves when the exit of the container has been announced; `undefined` when there never was one. */
  async ended(): Promise<ProcessEnd | undefined> {
    return await this.#exit;
  }

  /** Stops the container. Throws a RequestRefusal when none runs. Resolves when the stop has begun. */
  async stop(order: StopOrder): Promise<void> {
    const container = this.container('stop the container');
    await this.thaw();
    if (!this.#stopNow(container, order))
      throw new RequestRefusal('not-found', 'Cannot stop the container: it has ended');
  }

  /** Stops the container, or the boot when there is none yet; the machine then ends as the last order says. */
  async shutDown(order: ShutdownOrder): Promise<void> {
    this.#machineEnd = order.how;
    const container = this.#container;
    if (container === undefined) {
      this.#early = { ...order, graceMs: shorter(this.#early?.graceMs, order.graceMs) };
      this.#interrupted.reject(new StoppedEarly());
      return;
    }
    await this.thaw();
    // When it has ended by itself, the machine is on its way out anyway.
    this.#stopNow(container, order);
  }

  #stopNow(container: Container, { reason, signal, graceMs }: StopOrder): boolean {
    const wasStopping = container.stopping;
    if (!container.stop(signal ?? this.policy.signal, graceMs ?? this.policy.graceMs)) return false;
    if (!wasStopping) this.#dependencies.announce({ event: 'stopping', container: mainContainerId, reason });
    return true;
  }

  /** For who is about to end the container: a frozen one meets no signal. A disk that stays frozen is no reason not to. */
  async thaw(): Promise<void> {
    try {
      await this.#dependencies.thaw();
    } catch (error) {
      this.#dependencies.log.error({ err: error }, 'the machine can not be thawed for a stop');
    }
  }
}
