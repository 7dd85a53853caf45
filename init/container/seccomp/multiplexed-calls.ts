import { eachSyscall } from '../../../protocol/oci/seccomp/syscall-table.ts';
import { x86IpcCalls, x86SocketCalls } from '../../../protocol/oci/seccomp/syscalls-x86.ts';
import type { CallRules, ConditionalRule } from './profile-rules.ts';

/** Adds to the rules of a multiplexing call what the profile says of the calls behind it, by its first argument. */
function addBehind(added: ConditionalRule[], table: string, profile: ReadonlyMap<string, CallRules>): void {
  eachSyscall(table, (name, number) => {
    const behind = profile.get(name);
    if (behind === undefined) return;
    const isIt = { kind: 'range', index: 0, operator: 'SCMP_CMP_EQ', value: BigInt(number) } as const;
    if (behind.always !== undefined) {
      added.push({ action: behind.always, conditions: [isIt] });
      return;
    }
    for (const { action, conditions } of behind.conditional) {
      const others = conditions.filter(({ index }) => index !== isIt.index);
      added.push({ action, conditions: [isIt, ...others] });
    }
  });
}

/**
 * The profile for 32-bit x86, where socketcall(2) and ipc(2) do what other names do as well: as with libseccomp, a rule
 * for `bind` is one for the second of socketcall's calls too. What it says of the first argument falls away, since that
 * is the number there: the call's own arguments lie in memory, where no filter looks. Pure.
 */
export function withMultiplexedCalls(
  profile: ReadonlyMap<string, CallRules>,
): ReadonlyMap<string, CallRules> {
  let extended: Map<string, CallRules> | undefined;
  for (const [name, table] of [
    ['socketcall', x86SocketCalls],
    ['ipc', x86IpcCalls],
  ] as const) {
    const known = profile.get(name);
    if (known?.always !== undefined) continue;
    const conditional = [...(known?.conditional ?? [])];
    addBehind(conditional, table, profile);
    if (conditional.length === 0) continue;
    extended ??= new Map(profile);
    extended.set(name, { conditional });
  }
  return extended ?? profile;
}
