import type { RuntimeSpec, SpecResources } from '../runtime-spec.ts';
import { type Findings, isSet } from './findings.ts';

/** A name of systemd's, which other runtimes tell from a path by its colons. */
function isSystemdName(path: string): boolean {
  return !path.includes('/') && path.split(':').length === 3;
}

export function checkCgroupsPath({ linux }: RuntimeSpec, findings: Findings): void {
  const place = 'linux.cgroupsPath';
  const path = linux?.cgroupsPath;
  if (path === undefined) return;
  const names = path.split('/').filter((name) => name !== '' && name !== '.');
  if (isSystemdName(path))
    findings.refuse(place, 'expected a path: "slice:prefix:name" is for systemd, and the machine has none');
  else if (names.includes('..')) findings.refuse(place, 'expected a path without ".."');
  else if (names.length === 0) findings.refuse(place, 'expected a path below "/", the cgroup of the machine');
  else if (names.some((name) => name.includes('\n') || Buffer.byteLength(name) > 255))
    findings.refuse(place, 'expected names of at most 255 bytes without line breaks');
}

/** Limits that contradict each other. */
function checkLimits({ memory = {}, cpu = {} }: SpecResources, findings: Findings): void {
  const { limit = 0, swap = 0 } = memory;
  const place = 'linux.resources.memory.swap';
  if (swap > 0 && limit <= 0)
    findings.refuse(place, 'expected "limit" with it: "swap" is memory and swap together');
  else if (swap > 0 && swap < limit)
    findings.refuse(place, 'expected no less than "limit": "swap" is memory and swap together');
  const { quota = 0, burst = 0 } = cpu;
  if (quota > 0 && burst > quota)
    findings.refuse('linux.resources.cpu.burst', 'expected no more than "quota"');
}

/** What a cgroup of version 1 had. */
function warnOfMissing({ memory, cpu, blockIO, network }: SpecResources, findings: Findings): void {
  const values = {
    'memory.kernel': memory?.kernel,
    'memory.kernelTCP': memory?.kernelTCP,
    'memory.swappiness': memory?.swappiness ?? false,
    'memory.disableOOMKiller': memory?.disableOOMKiller,
    'cpu.realtimeRuntime': cpu?.realtimeRuntime,
    'cpu.realtimePeriod': cpu?.realtimePeriod,
    'blockIO.leafWeight': blockIO?.leafWeight,
    'network.classID': network?.classID,
    'network.priorities': (network?.priorities ?? []).length,
  };
  for (const [name, value] of Object.entries(values)) {
    // A swappiness of 0 says something, though nothing hears it.
    if (isSet(value) || (name === 'memory.swappiness' && value === 0))
      findings.warn(`linux.resources.${name}`, 'passed over, since cgroup2 has no such setting');
  }
}

export function checkResources({ linux }: RuntimeSpec, findings: Findings): void {
  if (linux?.resources === undefined) return;
  checkLimits(linux.resources, findings);
  warnOfMissing(linux.resources, findings);
}
