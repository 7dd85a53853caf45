import type { MachineArchitecture } from '../../../protocol/oci/seccomp/default-profile.ts';
import {
  type SeccompArchitecture,
  type SpecSeccomp,
  seccompArchitectures,
} from '../../../protocol/oci/runtime-spec.ts';
import { refuse } from './refuse.ts';

/** How a machine's kernel names what a call was made for, `seccomp_data.arch`. linux/audit.h. */
export const auditNumbers: Record<Exclude<SeccompArchitecture, 'SCMP_ARCH_X32'>, number> = {
  SCMP_ARCH_X86_64: 0xc000_003e,
  SCMP_ARCH_X86: 0x4000_0003,
  SCMP_ARCH_AARCH64: 0xc000_00b7,
  SCMP_ARCH_ARM: 0x4000_0028,
};

/** The architectures whose programs a machine can run at all, its own first. */
const runnable: Record<MachineArchitecture, SeccompArchitecture[]> = {
  x64: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'],
  arm64: ['SCMP_ARCH_AARCH64', 'SCMP_ARCH_ARM'],
};

/** The others that the runtime specification lists. A profile may name them; here they mean nothing. */
const foreign =
  'MIPS MIPS64 MIPS64N32 MIPSEL MIPSEL64 MIPSEL64N32 PPC PPC64 PPC64LE S390 S390X PARISC PARISC64 RISCV64 LOONGARCH64 M68K SH SHEB';

/** What a profile says of architectures. */
export interface FilteredArchitectures {
  /** The machine's own comes first, named or not. */
  filtered: SeccompArchitecture[];
  named: ReadonlySet<string>;
}

/** Reads the profile's architectures. Throws a FirstbornError of code `config` for one that nobody knows. */
export function readArchitectures(seccomp: SpecSeccomp, machine: MachineArchitecture): FilteredArchitectures {
  const named = new Set(seccomp.architectures);
  for (const [index, name] of (seccomp.architectures ?? []).entries()) {
    const isOurs = (seccompArchitectures as readonly string[]).includes(name);
    if (!isOurs && !foreign.split(' ').includes(name.replace('SCMP_ARCH_', '')))
      refuse(`.architectures[${index}]`, `expected an architecture, found "${name}"`);
  }
  const filtered = runnable[machine].filter((architecture, index) => index === 0 || named.has(architecture));
  return { filtered, named };
}
