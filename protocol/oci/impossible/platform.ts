import type { RuntimeSpec } from '../runtime-spec.ts';
import type { Findings } from './findings.ts';

const otherPlatforms = ['windows', 'solaris', 'freebsd', 'zos', 'vm'] as const;

/** A configuration for another platform has none for ours; beside one for ours, the others have no effect. */
export function checkPlatform(spec: RuntimeSpec, findings: Findings): void {
  for (const platform of otherPlatforms) {
    if (spec[platform] === undefined) continue;
    if (spec.linux === undefined) findings.refuse(platform, 'expected a configuration for Linux, in "linux"');
    else findings.warn(platform, 'passed over, since this machine is made and runs Linux');
  }
}

/** What the spec leaves to other platforms, and to a container that never starts. */
export function checkWhatStarts({ root, process }: RuntimeSpec, findings: Findings): void {
  if (root === undefined) findings.refuse('root', 'expected a root filesystem');
  if (process === undefined) findings.refuse('process', 'expected a process to start');
  else if (process.args === undefined) findings.refuse('process.args', 'expected a program');
}
