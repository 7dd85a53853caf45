import type { CapabilityName } from '../../../protocol/oci/capability-names.ts';
import type { SpecSeccomp } from '../../../protocol/oci/runtime-spec.ts';
import { type MachineArchitecture, originOfDefault } from '../../../protocol/oci/seccomp/default-profile.ts';
import { allowedByCapability } from '../../../protocol/oci/seccomp/default-profile-names.ts';
import { defaultPrograms } from './default-programs.ts';

/** Of the capabilities that containers get by default, the only one on which the default profile depends. */
const usualCapability: CapabilityName = 'CAP_SYS_CHROOT';

/**
 * The program of a profile that is the default one and, in all that concerns it, for the default capabilities. Most
 * boots need that very one, and looking it up spares them the compiler. Undefined for any other profile.
 */
export function compiledDefault(
  seccomp: SpecSeccomp,
  architecture: MachineArchitecture,
): Uint8Array | undefined {
  const origin = originOfDefault(seccomp);
  if (origin === undefined || origin.architecture !== architecture) return undefined;
  const relevant = origin.capabilities.filter((capability) => Object.hasOwn(allowedByCapability, capability));
  if (relevant.length !== 1 || relevant[0] !== usualCapability) return undefined;
  return new Uint8Array(Buffer.from(defaultPrograms[architecture], 'base64'));
}
