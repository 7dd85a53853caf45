import type { SpecResources } from '../../../protocol/oci/runtime-spec.ts';

const isGiven = (value: number | undefined): boolean => value !== undefined && value !== 0;

/**
 * The members that are given and that cgroup2 has no file for, by path: limits that are skipped with a warning
 * (S1 17), as runc skips them in silence. Pure.
 */
export function cgroup1OnlyMembers({
  memory = {},
  cpu = {},
  blockIO = {},
  network = {},
}: SpecResources): string[] {
  const weightDevices = blockIO.weightDevice ?? [];
  const members: [given: boolean, member: string][] = [
    [isGiven(memory.kernel), 'memory.kernel'],
    [isGiven(memory.kernelTCP), 'memory.kernelTCP'],
    [memory.swappiness !== undefined, 'memory.swappiness'],
    [memory.disableOOMKiller === true, 'memory.disableOOMKiller'],
    [memory.useHierarchy === false, 'memory.useHierarchy'],
    [isGiven(cpu.realtimeRuntime), 'cpu.realtimeRuntime'],
    [isGiven(cpu.realtimePeriod), 'cpu.realtimePeriod'],
    [isGiven(blockIO.leafWeight), 'blockIO.leafWeight'],
    [weightDevices.some(({ leafWeight }) => isGiven(leafWeight)), 'blockIO.weightDevice'],
    [isGiven(network.classID), 'network.classID'],
    [(network.priorities ?? []).length > 0, 'network.priorities'],
  ];
  return members.flatMap(([given, member]) => (given ? [`linux.resources.${member}`] : []));
}
