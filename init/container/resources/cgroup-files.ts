import type { SpecResources } from '../../../protocol/oci/runtime-spec.ts';
import { refuseValue } from '../refuse-value.ts';
import type { CgroupFile } from './cgroup-file.ts';
import { cgroup1OnlyMembers } from './cgroup1-only.ts';
import { cpuFiles } from './cpu-files.ts';
import { ioFiles } from './io-files.ts';
import { limitText, wholeNumber } from './limit-text.ts';
import { memoryFiles } from './memory-files.ts';
import { unifiedFiles } from './unified-files.ts';

/** The rdma controller's limits are ints. */
const maxRdma = 0x7fff_ffff;

/** 0 is "not given" for runc, and any number below is "no limit". */
function pidsFiles(limit: number): CgroupFile[] {
  if (limit === 0) return [];
  return [{ name: 'pids.max', value: limit < 0 ? 'max' : limitText(limit, 'linux.resources.pids.limit') }];
}

function hugepageFiles(limits: NonNullable<SpecResources['hugepageLimits']>): CgroupFile[] {
  return limits.map(({ pageSize, limit }, index) => {
    const path = `linux.resources.hugepageLimits[${index}]`;
    if (!/^[1-9][0-9]{0,9}[KMG]B$/.test(pageSize)) {
      refuseValue(`${path}.pageSize`, `expected a size such as "2MB", got ${JSON.stringify(pageSize)}`);
    }
    return { name: `hugetlb.${pageSize}.max`, value: limitText(limit, `${path}.limit`) };
  });
}

function rdmaFiles(limits: NonNullable<SpecResources['rdma']>): CgroupFile[] {
  return Object.entries(limits).flatMap(([device, { hcaHandles, hcaObjects }]) => {
    const path = `linux.resources.rdma[${JSON.stringify(device)}]`;
    if (!/^[\w.-]{1,63}$/.test(device)) refuseValue(path, 'expected the name of a device, as "mlx5_1"');
    const words = [device];
    if (hcaHandles !== undefined) {
      words.push(`hca_handle=${wholeNumber(hcaHandles, 0, maxRdma, `${path}.hcaHandles`)}`);
    }
    if (hcaObjects !== undefined) {
      words.push(`hca_object=${wholeNumber(hcaObjects, 0, maxRdma, `${path}.hcaObjects`)}`);
    }
    return words.length === 1 ? [] : [{ name: 'rdma.max', value: words.join(' ') }];
  });
}

/**
 * What `linux.resources` is as files of cgroup2, by runc's rules and in the order in which they are to be written:
 * `unified` comes last, so that it wins over the member that means the same file. Device rules are not among them, they
 * are a program (`../devices/device-program.ts`). `warnings` names what cgroup2 does not have.
 *
 * Throws a FirstbornError with the path of a value that the kernel would not take. Pure.
 */
export function cgroupFiles(resources: SpecResources): { files: CgroupFile[]; warnings: string[] } {
  const { pids, memory, blockIO, cpu, hugepageLimits, rdma, unified } = resources;
  const files = [
    ...(pids === undefined ? [] : pidsFiles(pids.limit)),
    ...(memory === undefined ? [] : memoryFiles(memory)),
    ...(blockIO === undefined ? [] : ioFiles(blockIO)),
    ...(cpu === undefined ? [] : cpuFiles(cpu)),
    ...hugepageFiles(hugepageLimits ?? []),
    ...rdmaFiles(rdma ?? {}),
    ...unifiedFiles(unified ?? {}),
  ];
  const warnings = cgroup1OnlyMembers(resources).map(
    (path) => `${path}: cgroup2 has no such limit, so it is skipped`,
  );
  return { files, warnings };
}
