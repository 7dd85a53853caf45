import { existsSync } from 'node:fs';
import { describeError } from '../../../protocol/errors.ts';
import type { HookStage, RuntimeSpec } from '../../../protocol/oci/runtime-spec.ts';
import { guestPaths } from '../../phases/guest-paths.ts';
import { waitingStages } from '../container-plan.ts';
import type { ContainerDependencies } from '../start-process.ts';
import { containerState, type ContainerState } from './container-state.ts';
import type { HookPlace } from './hook-plan.ts';
import { hasHooks, runHooks } from './run-hooks.ts';

export interface HookedContainer {
  id: string;
  spec: RuntimeSpec;
  /** The assembled root in init's view. */
  rootPath: string;
  hiddenMounts: readonly string[];
  /** CLONE_NEW* flags of what the container has of its own, pid apart. */
  joinFlags: number;
}

/** The hooks of one container at the points of its life (runtime-spec, runtime.md, "Lifecycle"). */
export class ContainerHooks {
  readonly #dependencies: ContainerDependencies;
  readonly #container: HookedContainer;

  constructor(dependencies: ContainerDependencies, container: HookedContainer) {
    this.#dependencies = dependencies;
    this.#container = container;
  }

  /** Runs what the first process, which waits at `stage`, has to wait for. Throws when one fails: it must not go on. */
  async runBefore(stage: number, { pid, pidfd }: { pid: number; pidfd: number }): Promise<void> {
    const inContainer: HookPlace = {
      kind: 'container',
      pidfd,
      joinFlags: this.#container.joinFlags,
    };
    switch (stage) {
      case waitingStages.createRuntime: {
        const failures = [
          await this.#try('prestart', 'creating', pid),
          await this.#try('createRuntime', 'creating', pid),
        ];
        const failure = failures.find((one) => one !== undefined);
        if (failure !== undefined) throw failure;
        return;
      }
      case waitingStages.createContainer:
        return await this.#run('createContainer', this.#state('creating', pid), inContainer);
      case waitingStages.startContainer:
        return await this.#run('startContainer', this.#state('created', pid), inContainer);
      default:
        throw new RangeError(`Cannot run the hooks of stage ${stage}`);
    }
  }

  /** The program runs. Throws when a hook fails. */
  async runAfterStart(pid: number): Promise<void> {
    await this.#run('poststart', this.#state('running', pid), this.#runtimePlace());
  }

  /** The container has ended, or never was more than a process. What fails is only logged. */
  async runAfterStop(): Promise<void> {
    try {
      await this.#run('poststop', this.#state('stopped'), this.#runtimePlace());
    } catch (error) {
      this.#dependencies.log.warn({ problem: describeError(error) }, 'the container has ended all the same');
    }
  }

  async #try(stage: HookStage, status: ContainerState['status'], pid: number): Promise<unknown> {
    try {
      await this.#run(stage, this.#state(status, pid), this.#runtimePlace());
      return undefined;
    } catch (error) {
      return error;
    }
  }

  async #run(stage: HookStage, state: ContainerState, place: HookPlace): Promise<void> {
    const { spec } = this.#container;
    if (hasHooks(spec, stage)) await runHooks(this.#dependencies, spec, stage, place, state);
  }

  #state(status: ContainerState['status'], pid?: number): ContainerState {
    return containerState(this.#container.id, this.#container.spec, status, pid);
  }

  #runtimePlace(): HookPlace {
    const { rootPath, hiddenMounts } = this.#container;
    return { kind: 'runtime', rootPath, hiddenMounts, hasBundle: existsSync(guestPaths.bundle) };
  }
}
