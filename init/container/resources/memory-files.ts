import type { SpecResources } from '../../../protocol/oci/runtime-spec.ts';
import { refuseValue } from '../refuse-value.ts';
import { addFile, type CgroupFile } from './cgroup-file.ts';
import { limitText, optionalLimitText } from './limit-text.ts';

type SpecMemory = NonNullable<SpecResources['memory']>;

const path = 'linux.resources.memory';

/**
 * The specification's swap is cgroup1's, memory and swap together; memory.swap.max is swap alone. An unlimited memory
 * takes the swap with it when nothing is said of it, as cgroup1 did.
 */
function swapText({ limit = 0, swap = 0 }: SpecMemory): string | undefined {
  if (swap === 0) return limit === -1 ? 'max' : undefined;
  const text = limitText(swap, `${path}.swap`);
  if (text === 'max') return text;
  if (limit === 0 || limit === -1) {
    refuseValue(
      `${path}.swap`,
      `expected a limit of memory beside it, as ${swap} bytes are memory and swap together`,
    );
  }
  if (swap < limit) {
    refuseValue(
      `${path}.swap`,
      `expected at least memory.limit, ${limit}, as it counts memory too, got ${swap}`,
    );
  }
  return limitText(swap - limit, `${path}.swap`);
}

/** Limits of memory, in bytes. Pure. */
export function memoryFiles(memory: SpecMemory): CgroupFile[] {
  const files: CgroupFile[] = [];
  const max = optionalLimitText(memory.limit, `${path}.limit`);
  addFile(files, 'memory.swap.max', swapText(memory));
  addFile(files, 'memory.max', max);
  addFile(files, 'memory.low', optionalLimitText(memory.reservation, `${path}.reservation`));
  return files;
}
