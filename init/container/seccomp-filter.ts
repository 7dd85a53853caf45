import type { RuntimeSpec } from '../../protocol/oci/runtime-spec.ts';
import type { SeccompProgram } from './process-plan.ts';
import { compileSeccomp } from './seccomp/compile.ts';

/** The container's filter as the kernel takes it. Throws a FirstbornError of code `config` that names a bad value. */
export function compileFilter({ linux }: RuntimeSpec): SeccompProgram | undefined {
  if (linux?.seccomp === undefined) return undefined;
  return compileSeccomp(linux.seccomp, { architecture: process.arch === 'arm64' ? 'arm64' : 'x64' });
}
