/**
 * What a seccomp profile means, said as directly as possible and with nothing shared with the compiler but the tables
 * of syscalls: names are looked up one by one, conditions compared as numbers.
 */
import type {
  SeccompArchitecture,
  SpecSeccomp,
  SpecSyscall,
  SpecSyscallArgument,
} from '../../protocol/oci/runtime-spec.ts';
import { eachSyscall, syscallTable } from '../../protocol/oci/seccomp/syscall-table.ts';
import { x86IpcCalls, x86SocketCalls } from '../../protocol/oci/seccomp/syscalls-x86.ts';
import type { SeccompData } from './bpf-interpreter.ts';

/** linux/audit.h. */
export const audit = { x64: 0xc000_003e, x86: 0x4000_0003, aarch64: 0xc000_00b7, arm: 0x4000_0028 } as const;
export const x32 = 0x4000_0000;

/** linux/seccomp.h. */
export const returns = {
  kill: 0,
  trap: 0x3_0000,
  errno: (errno: number): number => 0x5_0000 + errno,
  trace: (message: number): number => 0x7ff0_0000 + message,
  log: 0x7ffc_0000,
  allow: 0x7fff_0000,
  killProcess: 0x8000_0000,
} as const;

export function returnOf({ action, errnoRet }: Pick<SpecSyscall, 'action' | 'errnoRet'>): number {
  if (action === 'SCMP_ACT_ALLOW') return returns.allow;
  if (action === 'SCMP_ACT_LOG') return returns.log;
  if (action === 'SCMP_ACT_TRAP') return returns.trap;
  if (action === 'SCMP_ACT_KILL_PROCESS') return returns.killProcess;
  if (action === 'SCMP_ACT_ERRNO') return returns.errno(errnoRet ?? 1);
  if (action === 'SCMP_ACT_TRACE') return returns.trace(errnoRet ?? 1);
  return returns.kill;
}

/** The numbers of an architecture by name, as programs use them. */
export function numbersOf(architecture: SeccompArchitecture): Map<string, number> {
  const numbers = new Map<string, number>();
  const base = architecture === 'SCMP_ARCH_X32' ? x32 : 0;
  eachSyscall(syscallTable(architecture), (name, number) => numbers.set(name, base + number));
  return numbers;
}

/** Calls of 32-bit x86 that do what others do as well. */
const behindTables = { socketcall: x86SocketCalls, ipc: x86IpcCalls } as const;

const is64 = (architecture: SeccompArchitecture): boolean =>
  architecture === 'SCMP_ARCH_X86_64' || architecture === 'SCMP_ARCH_AARCH64';

function holds(condition: SpecSyscallArgument, values: readonly bigint[], bits: number): boolean {
  const cut = (number: number | bigint | undefined): bigint => BigInt.asUintN(bits, BigInt(number ?? 0));
  const actual = cut(values[condition.index]);
  const value = cut(condition.value);
  switch (condition.op) {
    case 'SCMP_CMP_NE':
      return actual !== value;
    case 'SCMP_CMP_LT':
      return actual < value;
    case 'SCMP_CMP_LE':
      return actual <= value;
    case 'SCMP_CMP_EQ':
      return actual === value;
    case 'SCMP_CMP_GE':
      return actual >= value;
    case 'SCMP_CMP_GT':
      return actual > value;
    case 'SCMP_CMP_MASKED_EQ':
      return (actual & value) === (cut(condition.valueTwo) & value);
    default:
      return condition.op satisfies never;
  }
}

function applies({ args }: SpecSyscall, values: readonly bigint[], bits: number, ignored?: number): boolean {
  const conditions = args ?? [];
  const repeats = new Set(conditions.map(({ index }) => index)).size < conditions.length;
  const matches = (condition: SpecSyscallArgument): boolean =>
    condition.index === ignored || holds(condition, values, bits);
  return repeats ? conditions.some(matches) : conditions.every(matches);
}

/** The rules for a call: those for its name, then those for what socketcall(2) or ipc(2) is asked to do. */
function decide(
  seccomp: SpecSeccomp,
  architecture: SeccompArchitecture,
  name: string,
  values: readonly bigint[],
): number {
  const bits = is64(architecture) ? 64 : 32;
  const defaultReturn = returnOf({ action: seccomp.defaultAction, errnoRet: seccomp.defaultErrnoRet });
  const rules = (seccomp.syscalls ?? []).filter((rule) => returnOf(rule) !== defaultReturn);
  const named = rules.filter(({ names }) => names.includes(name));
  const always = named.find(({ args }) => (args ?? []).length === 0);
  if (always !== undefined) return returnOf(always);
  const conditional = named.find((rule) => applies(rule, values, bits));
  if (conditional !== undefined) return returnOf(conditional);
  const behindTable = name === 'socketcall' || name === 'ipc' ? behindTables[name] : undefined;
  if (architecture !== 'SCMP_ARCH_X86' || behindTable === undefined) return defaultReturn;
  let behindName: string | undefined;
  eachSyscall(behindTable, (candidate, number) => {
    if (BigInt(number) === BigInt.asUintN(32, values[0] ?? 0n)) behindName = candidate;
  });
  const behind = rules.filter(({ names }) => behindName !== undefined && names.includes(behindName));
  const found =
    behind.find(({ args }) => (args ?? []).length === 0) ??
    behind.find((rule) => applies(rule, values, bits, 0));
  return found === undefined ? defaultReturn : returnOf(found);
}

/** The architecture that a call is made for, among those of the profile; undefined for one that is not. */
function architectureOf(
  { architecture, number }: SeccompData,
  machine: 'x64' | 'arm64',
  named: readonly string[],
): SeccompArchitecture | undefined {
  const own = machine === 'x64' ? audit.x64 : audit.aarch64;
  if (architecture === own && machine === 'arm64') return 'SCMP_ARCH_AARCH64';
  if (architecture === own) {
    if ((number & x32) !== 0 && named.includes('SCMP_ARCH_X32')) return 'SCMP_ARCH_X32';
    // -1 is what a tracer leaves to skip a call.
    return number < x32 || number === 0xffff_ffff || named.includes('SCMP_ARCH_X32')
      ? 'SCMP_ARCH_X86_64'
      : undefined;
  }
  const [other, auditOther] =
    machine === 'x64' ? (['SCMP_ARCH_X86', audit.x86] as const) : (['SCMP_ARCH_ARM', audit.arm] as const);
  return architecture === auditOther && named.includes(other) ? other : undefined;
}

/** The highest number that a profile names for an architecture; 0 for none. */
function highestNumber(seccomp: SpecSeccomp, architecture: SeccompArchitecture): number {
  const numbers = numbersOf(architecture);
  const rules = seccomp.syscalls ?? [];
  const names = rules.flatMap((rule) => rule.names);
  if (architecture === 'SCMP_ARCH_X86') {
    const defaultReturn = returnOf({ action: seccomp.defaultAction, errnoRet: seccomp.defaultErrnoRet });
    const effective = rules.filter((rule) => returnOf(rule) !== defaultReturn).flatMap((rule) => rule.names);
    for (const [name, table] of Object.entries(behindTables)) {
      eachSyscall(table, (behind) => {
        if (effective.includes(behind)) names.push(name);
      });
    }
  }
  return Math.max(0, ...names.map((name) => numbers.get(name) ?? 0));
}

/** What the filter of a profile must return for a call. */
export function expectedReturn(seccomp: SpecSeccomp, machine: 'x64' | 'arm64', call: SeccompData): number {
  const named = seccomp.architectures ?? [];
  const architecture = architectureOf(call, machine, named);
  // Bit 31 without bit 30 is no number of x32, so it counts as one of x86-64 that is too high.
  const isTooHigh =
    machine === 'x64' &&
    call.architecture === audit.x64 &&
    call.number >= 2 * x32 &&
    (call.number & x32) === 0;
  const counted = isTooHigh ? 'SCMP_ARCH_X86_64' : architecture;
  const permissive = ['SCMP_ACT_ALLOW', 'SCMP_ACT_LOG', 'SCMP_ACT_TRACE'].includes(seccomp.defaultAction);
  const isSkipped = call.number === 0xffff_ffff && counted === 'SCMP_ARCH_X86_64';
  if (counted !== undefined && named.includes(counted) && !permissive && !isSkipped) {
    const highest = highestNumber(seccomp, counted);
    if (highest > 0 && call.number > highest) return returns.errno(38);
  }
  if (architecture === undefined) return returns.kill;
  const entry = [...numbersOf(architecture)].find(([, number]) => number === call.number);
  return decide(seccomp, architecture, entry?.[0] ?? '', call.arguments);
}
