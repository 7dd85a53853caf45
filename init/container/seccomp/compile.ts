import type { SpecSeccomp } from '../../../protocol/oci/runtime-spec.ts';
import type { MachineArchitecture } from '../../../protocol/oci/seccomp/default-profile.ts';
import { actionValue, isPermissive, SECCOMP_RET_KILL_THREAD } from './actions.ts';
import { auditNumbers, readArchitectures } from './architectures.ts';
import { BpfWriter } from './bpf-writer.ts';
import { CallNumbers } from './call-numbers.ts';
import { compiledDefault } from './compiled-default.ts';
import { writeDecisionTree } from './decision-tree.ts';
import { readFlags } from './flags.ts';
import { readRules } from './profile-rules.ts';

/** Offsets in `struct seccomp_data`, linux/seccomp.h. */
const numberOffset = 0;
const architectureOffset = 4;

/** What seccomp(2) takes for SECCOMP_SET_MODE_FILTER. */
export interface CompiledSeccomp {
  /** Instructions of classic BPF, `struct sock_filter` each, little endian; at most 4096. */
  program: Uint8Array;
  /** SECCOMP_FILTER_FLAG_*. */
  flags: number;
}

/**
 * Compiles a profile of the runtime specification for one machine, with the outcome that runc and libseccomp would give
 * it:
 *
 * - A call made for an architecture that is neither the machine's own nor named kills its thread.
 * - Names that Linux does not know are passed over.
 * - Unless the default action lets calls happen, a number above all that the profile names gets ENOSYS: a libc that
 *   tries a new call takes that for an old kernel and falls back, where EPERM would be an error. This holds for the
 *   architectures that the profile lists.
 * - Of several rules for a call, one without conditions stands; else the first whose conditions hold. Where such rules
 *   overlap and differ, libseccomp has an order of its own, which it does not promise.
 *
 * The program looks at the architecture, then finds the number by halving, then looks at arguments. Throws a
 * FirstbornError of code `config` with the path of a value that is wrong or not supported.
 */
export function compileSeccomp(
  seccomp: SpecSeccomp,
  machine: { architecture: MachineArchitecture },
): CompiledSeccomp {
  const ready = compiledDefault(seccomp, machine.architecture);
  if (ready !== undefined) return { program: ready, flags: 0 };
  const defaultAction = actionValue(seccomp.defaultAction, seccomp.defaultErrnoRet, {
    action: '.defaultAction',
    errnoRet: '.defaultErrnoRet',
  });
  const { filtered, named } = readArchitectures(seccomp, machine.architecture);
  const flags = readFlags(seccomp.flags ?? []);
  const rules = readRules(seccomp, defaultAction);
  const enosysAbove = isPermissive(defaultAction) ? new Set<string>() : named;

  const writer = new BpfWriter();
  const numbers = new CallNumbers(writer, { rules, defaultAction, enosysAbove });
  // Backwards: what is asked first is written last, and the machine's own architecture is asked first.
  let next = writer.returnValue(SECCOMP_RET_KILL_THREAD);
  for (const architecture of filtered.toReversed()) {
    if (architecture === 'SCMP_ARCH_X32') continue; // is among the numbers of x86-64
    const line =
      architecture === 'SCMP_ARCH_X86_64'
        ? numbers.lineOfX64(filtered.includes('SCMP_ARCH_X32'))
        : numbers.line(architecture);
    const found = writer.load(numberOffset, writeDecisionTree(writer, line));
    next = writer.jump('equal', auditNumbers[architecture], found, next);
  }
  return { program: writer.finish(writer.load(architectureOffset, next)), flags };
}
