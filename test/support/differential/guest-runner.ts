import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { type ExecSession, type Machine, RequestRefusal } from '../../../host/client/index.ts';
import type { RuntimeSpec } from '../../../protocol/oci/runtime-spec.ts';
import { firstborn } from '../live-machine.ts';
import { baseSpec } from './base-spec.ts';
import { makeBundle } from './bundle.ts';
import { placeholders } from './cases/hook-cases.ts';
import type { ContainerRunner, RunResult } from './runners.ts';

const readyDeadlineMs = 180_000;
/** Emulated, a container takes a fraction of a second. */
const containerDeadlineMs = 60_000;
/** Hooks in the guest have the container's root as theirs, and the guest's own /dev, which outlives containers. */
const rootPath = '';
const sharedPath = '/dev/differential';

/** One machine whose containers, one after another, are the configurations that it is given. */
export class GuestRunner implements ContainerRunner, AsyncDisposable {
  readonly #machine: Machine;

  private constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** Boots a machine of the bundle that it makes in `directory`; its own container only sleeps. */
  static async boot(directory: string): Promise<GuestRunner> {
    const bundle = join(directory, 'bundle');
    makeBundle(bundle);
    const spec = baseSpec();
    spec.process.args = ['/bin/sleep', '100000'];
    writeFileSync(join(bundle, 'config.json'), JSON.stringify(spec));
    const machine = await firstborn.create({ bundle, accelerator: 'tcg' });
    const runner = new GuestRunner(machine);
    try {
      await machine.start();
      await machine.ready({ signal: AbortSignal.timeout(readyDeadlineMs) });
      // Sources of binds have to be there.
      const made = await runner.run('shared', sharingHook());
      if ('refusal' in made) throw new Error(`Cannot make "${sharedPath}" in the guest: ${made.refusal}`);
      return runner;
    } catch (error) {
      await runner[Symbol.asyncDispose]();
      throw error;
    }
  }

  async run(_id: string, spec: RuntimeSpec): Promise<RunResult> {
    const config = JSON.stringify(spec)
      .replaceAll(placeholders.root, rootPath)
      .replaceAll(placeholders.shared, sharedPath);
    const signal = AbortSignal.timeout(containerDeadlineMs);
    try {
      const session = await this.#machine.runContainer(
        { config, stdin: true, killOnDisconnect: true },
        { signal },
      );
      session.stdin?.end();
      return await collect(session);
    } catch (error) {
      if (error instanceof RequestRefusal) return { refusal: error.message };
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#machine.remove({ force: true });
  }
}

/** A container whose hook makes the shared directory. */
function sharingHook(): RuntimeSpec {
  const spec = baseSpec();
  spec.process.args = ['/bin/true'];
  spec.hooks = { createRuntime: [{ path: '/bin/mkdir', args: ['mkdir', '-p', placeholders.shared] }] };
  return spec;
}

const empty = Buffer.alloc(0);

async function collect(session: ExecSession): Promise<RunResult> {
  const [stdout, stderr, exit] = await Promise.all([
    session.stdout === undefined ? empty : buffer(session.stdout),
    session.stderr === undefined ? empty : buffer(session.stderr),
    session.exited,
  ]);
  return { stdout, stderr, code: exit.code };
}
