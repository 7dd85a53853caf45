import type { RuntimeSpec } from '../../../protocol/oci/runtime-spec.ts';
import { baseSpec, type WholeSpec } from './base-spec.ts';
import { placeholders } from './cases/hook-cases.ts';
import type { DifferentialCase } from './differential-case.ts';
import type { Facts } from './facts.ts';
import { normalise, type SharedNamespaces } from './normalise.ts';
import { readObservation } from './observation.ts';
import type { ContainerRunner, RunResult } from './runners.ts';

/** The key of a container that did not come to run its program, or whose program did not report. */
export const outcomeKey = 'outcome';

/** Runs cases with one runtime, one after another. */
export class DifferentialSession {
  readonly #runner: ContainerRunner;
  readonly #prefix: string;
  readonly #shared: SharedNamespaces;
  #runs = 0;

  private constructor(runner: ContainerRunner, prefix: string, shared: SharedNamespaces) {
    this.#runner = runner;
    this.#prefix = prefix;
    this.#shared = shared;
  }

  /** Finds out which namespaces a container shares, by one that has only mounts of its own. */
  static async open(runner: ContainerRunner, prefix: string): Promise<DifferentialSession> {
    const result = await runner.run(`${prefix}-reference`, sharingSpec());
    if ('refusal' in result) throw new Error(`Cannot run the reference container: ${result.refusal}`);
    const { namespaces } = readObservation(result.stdout.toString('latin1'));
    return new DifferentialSession(runner, prefix, namespaces);
  }

  /** What the runtime makes of a case. With `substitutes`, of what stands for it. */
  async run(item: DifferentialCase, { substitutes }: { substitutes: boolean }): Promise<Facts> {
    const substitute = substitutes ? item.substitute : undefined;
    const facts = await this.#observe(item, substitute?.spec ?? item.spec, item.spec);
    const { afterwards } = item;
    if (afterwards === undefined) return { ...facts, ...substitute?.facts };
    const reading = followUp(afterwards);
    const later = await this.#observe({ name: item.name, spec: reading }, reading);
    const left = afterwards.map((file) => [`left.${file}`, later[`answers.read=/left/${file}`] ?? 'nothing']);
    return { ...facts, ...substitute?.facts, ...(Object.fromEntries(left) as Facts) };
  }

  /** `described` is the configuration whose words decide what is compared. */
  async #observe(item: DifferentialCase, spec: RuntimeSpec, described: RuntimeSpec = spec): Promise<Facts> {
    this.#runs += 1;
    const options = { needsControllers: item.needsControllers === true };
    const result = await this.#runner.run(`${this.#prefix}-${this.#runs}`, spec, options);
    return factsOf(result, described, this.#shared, options.needsControllers ? controlMounts : []);
  }
}

/** Where limits are set the oracle may need another view of the control groups than the guest's. */
const controlMounts = ['/sys/fs/cgroup'];

function factsOf(
  result: RunResult,
  spec: RuntimeSpec,
  shared: SharedNamespaces,
  machineMounts: string[],
): Facts {
  if ('refusal' in result) return { [outcomeKey]: 'not started' };
  const output = result.stdout.toString('latin1');
  // runc starts some programs before it knows that they can't be, and says so by its own end.
  if (output === '' && result.code !== 0) return { [outcomeKey]: 'not started' };
  return {
    [outcomeKey]: `ended with ${result.code}`,
    ...normalise(readObservation(output), spec, shared, machineMounts),
  };
}

function sharingSpec(): WholeSpec {
  const spec = baseSpec();
  spec.linux.namespaces = [{ type: 'mount' }];
  delete spec.hostname;
  return spec;
}

/** A container that sees what hooks have left, and makes the place for them if they have not. */
function followUp(files: readonly string[]): WholeSpec {
  const spec = baseSpec();
  spec.process.args = ['/bin/probe', ...files.map((file) => `read=/left/${file}`)];
  spec.mounts.push({
    destination: '/left',
    type: 'bind',
    source: placeholders.shared,
    options: ['rbind', 'ro'],
  });
  return spec;
}
