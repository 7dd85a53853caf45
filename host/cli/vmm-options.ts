import { FirstbornError } from '../../protocol/errors.ts';
import { maxCpus, type XenSettings } from '../launch/machine-settings.ts';
import { type MemoryNeeds, parseMemoryMiB } from '../launch/memory-size.ts';
import { xenTypes } from '../vm/domain-description.ts';
import type { GivenOptions, OptionSpec } from './option-parser.ts';
import { readChoice, readInteger } from './option-values.ts';

export const vmmSpecs: readonly OptionSpec[] = [
  { name: 'vmm', value: 'NAME', help: 'What runs the machine: qemu or xen (qemu)' },
  { name: 'xen-type', value: 'TYPE', help: 'Xen: pvh or pv (pvh)' },
  { name: 'max-cpus', value: 'N', help: 'Xen: CPUs that the host can bring the guest to (--cpus)' },
  { name: 'max-memory', value: 'SIZE', help: 'Xen: memory that the host can bring the guest to (--memory)' },
];

const xenNames = ['xen-type', 'max-cpus', 'max-memory', 'gateway'];
const qemuNames = ['machine', 'accel'];

/**
 * Reads what is Xen's alone; `undefined` for a machine of QEMU. Throws a FirstbornError of code `usage`, also for options
 * that belong to the other one.
 */
export function readXenSettings(options: GivenOptions, needs: MemoryNeeds): XenSettings | undefined {
  const vmm = readChoice('vmm', options.last('vmm') ?? 'qemu', ['qemu', 'xen']);
  const foreign = (vmm === 'xen' ? qemuNames : xenNames).find((name) => options.has(name));
  if (foreign !== undefined) {
    const owner = vmm === 'xen' ? 'QEMU' : 'Xen';
    throw new FirstbornError(
      'usage',
      `Cannot use --${foreign} with --vmm ${vmm}: it is an option of ${owner}`,
    );
  }
  if (vmm === 'qemu') return undefined;
  const cpus = options.last('max-cpus');
  const memory = options.last('max-memory');
  return {
    type: readChoice('xen-type', options.last('xen-type') ?? 'pvh', xenTypes),
    maxCpus: cpus === undefined ? undefined : readInteger('max-cpus', cpus, { min: 1, max: maxCpus }),
    maxMemoryMiB: memory === undefined ? undefined : parseMemoryMiB(memory, needs),
  };
}
