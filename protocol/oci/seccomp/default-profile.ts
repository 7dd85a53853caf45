import type { CapabilityName } from '../capability-names.ts';
import type { SeccompArchitecture, SpecSeccomp, SpecSyscall } from '../runtime-spec.ts';
import {
  allowedByCapability,
  alwaysAllowed,
  arm64Allowed,
  personalities,
  socketFamilies,
  socketFamiliesBelow,
  x64Allowed,
} from './default-profile-names.ts';

/** The machines that Firstborn runs on, by Node's names (`process.arch`). */
export type MachineArchitecture = 'x64' | 'arm64';

const EPERM = 1;
const ENOSYS = 38;

/** CLONE_NEW* of clone(2), all but CLONE_NEWTIME, whose bit means something else there. */
const namespaceFlags = 0x7e02_0000;

/** What programs on a machine may be made for, the machine's own first. */
const architecturesOf: Record<MachineArchitecture, SeccompArchitecture[]> = {
  x64: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'],
  arm64: ['SCMP_ARCH_AARCH64', 'SCMP_ARCH_ARM'],
};

const words = (text: string): string[] => text.trim().split(/\s+/);

const allow = (names: string): SpecSyscall => ({ names: words(names), action: 'SCMP_ACT_ALLOW' });

function allowArgument(
  name: string,
  op: 'SCMP_CMP_EQ' | 'SCMP_CMP_LT' | 'SCMP_CMP_MASKED_EQ',
  value: number,
): SpecSyscall {
  return { names: [name], action: 'SCMP_ACT_ALLOW', args: [{ index: 0, value, op }] };
}

/** Without CAP_SYS_ADMIN no new namespaces: clone3(2) keeps its flags in memory, so libc has to do with clone(2). */
function withoutNewNamespaces(): SpecSyscall[] {
  return [
    allowArgument('clone', 'SCMP_CMP_MASKED_EQ', namespaceFlags),
    { names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: ENOSYS },
  ];
}

/** Whom a default profile is for. */
export interface DefaultSeccompOptions {
  /** The bounding set, which some calls depend on. */
  capabilities: readonly CapabilityName[];
  architecture: MachineArchitecture;
}

const origins = new WeakMap<SpecSeccomp, DefaultSeccompOptions>();

/** What `defaultSeccomp` was asked for when it made this very object; undefined for any other profile. */
export function originOfDefault(profile: SpecSeccomp): DefaultSeccompOptions | undefined {
  return origins.get(profile);
}

/**
 * The profile that a container gets when nobody asks for another one: Docker's (github.com/moby/profiles), as it
 * applies to kernels from 5.7 on. Everything that it does not name is refused with EPERM. Each call makes a new object,
 * which is frozen: who wants another profile makes a copy.
 */
export function defaultSeccomp(options: DefaultSeccompOptions): SpecSeccomp {
  const { capabilities, architecture } = options;
  const syscalls = [
    allow(alwaysAllowed),
    allowArgument('socket', 'SCMP_CMP_LT', socketFamiliesBelow),
    ...socketFamilies.map((family) => allowArgument('socket', 'SCMP_CMP_EQ', family)),
    ...personalities.map((persona) => allowArgument('personality', 'SCMP_CMP_EQ', persona)),
    allow(architecture === 'x64' ? x64Allowed : arm64Allowed),
  ];
  for (const [capability, names] of Object.entries(allowedByCapability)) {
    if (capabilities.includes(capability as CapabilityName)) syscalls.push(allow(names));
  }
  if (!capabilities.includes('CAP_SYS_ADMIN')) syscalls.push(...withoutNewNamespaces());
  const profile: SpecSeccomp = Object.freeze({
    defaultAction: 'SCMP_ACT_ERRNO',
    defaultErrnoRet: EPERM,
    architectures: [...architecturesOf[architecture]],
    syscalls: Object.freeze(syscalls) as SpecSyscall[],
  });
  origins.set(profile, { capabilities: [...capabilities], architecture });
  return profile;
}
