import type { SeccompArchitecture } from '../../../protocol/oci/runtime-spec.ts';
import { eachSyscall, syscallTable, x32SyscallBit } from '../../../protocol/oci/seccomp/syscall-table.ts';
import { returnEnosys, SECCOMP_RET_KILL_THREAD } from './actions.ts';
import { writeArgumentChecks } from './argument-checks.ts';
import type { ArgumentBits } from './argument-tests.ts';
import type { BpfWriter, Label } from './bpf-writer.ts';
import { NumberLine } from './decision-tree.ts';
import { withMultiplexedCalls } from './multiplexed-calls.ts';
import type { CallRules } from './profile-rules.ts';

/** A profile, ready to be looked up. */
export interface Profile {
  rules: ReadonlyMap<string, CallRules>;
  defaultAction: number;
  /** Architectures for which a number above all that the profile names gets ENOSYS, whatever the default action. */
  enosysAbove: ReadonlySet<string>;
}

/** Where the calls of a profile lead, in one program; calls with the same rules share the code for them. */
class CallTargets {
  readonly #writer: BpfWriter;
  readonly #otherwise: Label;
  readonly #known = { 32: new Map<CallRules, Label>(), 64: new Map<CallRules, Label>() };

  constructor(writer: BpfWriter, otherwise: Label) {
    this.#writer = writer;
    this.#otherwise = otherwise;
  }

  of(rules: CallRules, bits: ArgumentBits): Label {
    const known = this.#known[bits].get(rules);
    if (known !== undefined) return known;
    const label =
      rules.always === undefined
        ? writeArgumentChecks(this.#writer, rules.conditional, bits, this.#otherwise)
        : this.#writer.returnValue(rules.always);
    this.#known[bits].set(rules, label);
    return label;
  }
}

/** Draws calls on a number line, in the order of their numbers; what lies between them leads elsewhere. */
class CallRun {
  readonly #line: NumberLine;
  readonly #between: Label;
  #next: number;
  #target: Label;

  constructor(line: NumberLine, start: number, between: Label) {
    this.#line = line.from(start, between);
    this.#between = between;
    this.#next = start;
    this.#target = between;
  }

  add(number: number, target: Label): void {
    // Most calls continue a run of neighbours with the same target: they are to cost next to nothing.
    if (number !== this.#next) this.end();
    if (target !== this.#target) this.#line.from(number, target);
    this.#target = target;
    this.#next = number + 1;
  }

  end(): void {
    if (this.#target !== this.#between) this.#line.from(this.#next, this.#between);
    this.#target = this.#between;
  }
}

/** Sorts the numbers of syscalls by where they lead. */
export class CallNumbers {
  readonly #writer: BpfWriter;
  readonly #profile: Profile;
  readonly #targets: CallTargets;
  readonly #default: Label;

  constructor(writer: BpfWriter, profile: Profile) {
    this.#writer = writer;
    this.#profile = profile;
    this.#default = writer.returnValue(profile.defaultAction);
    this.#targets = new CallTargets(writer, this.#default);
  }

  /** The numbers of an architecture that has them for itself. */
  line(architecture: SeccompArchitecture): NumberLine {
    const line = new NumberLine();
    this.#addCalls(line, architecture, 0);
    return line;
  }

  /**
   * The numbers of x86-64, which x32 shares: its calls are those with `x32SyscallBit`. Where a profile does not name
   * x32, they kill, except for -1: a tracer sets it to skip a call, and the filter sees it then (seccomp(2)).
   */
  lineOfX64(withX32: boolean): NumberLine {
    const line = new NumberLine();
    const above = this.#addCalls(line, 'SCMP_ARCH_X86_64', 0);
    const kill = this.#writer.returnValue(SECCOMP_RET_KILL_THREAD);
    line.from(x32SyscallBit, kill);
    const x32Above = withX32 ? (this.#addCalls(line, 'SCMP_ARCH_X32', x32SyscallBit) ?? this.#default) : kill;
    line.from(2 * x32SyscallBit, above ?? (withX32 ? this.#default : kill));
    line.from(3 * x32SyscallBit, x32Above);
    if (!withX32) line.from(2 ** 32 - 1, this.#default);
    return line;
  }

  /** Adds the calls of a table. Returns where numbers above all that the profile names lead, if not to the default. */
  #addCalls(line: NumberLine, architecture: SeccompArchitecture, base: number): Label | undefined {
    const isX86 = architecture === 'SCMP_ARCH_X86';
    const bits = architecture === 'SCMP_ARCH_X86_64' || architecture === 'SCMP_ARCH_AARCH64' ? 64 : 32;
    const rules = isX86 ? withMultiplexedCalls(this.#profile.rules) : this.#profile.rules;
    const run = new CallRun(line, base, this.#default);
    let highest = 0;
    eachSyscall(syscallTable(architecture), (name, number) => {
      const found = rules.get(name);
      if (found === undefined) return;
      highest = base + number;
      run.add(highest, this.#targets.of(found, bits));
    });
    run.end();
    // As in runc, 0 stands for a profile that names no call of this architecture.
    if (highest === 0 || !this.#profile.enosysAbove.has(architecture)) return undefined;
    const above = this.#writer.returnValue(returnEnosys);
    line.from(highest + 1, above);
    return above;
  }
}
