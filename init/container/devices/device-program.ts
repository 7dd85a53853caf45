import type { SpecDeviceRule } from '../../../protocol/oci/runtime-spec.ts';
import { refuseValue } from '../refuse-value.ts';
import { type DeviceRule, fullAccess, isUniversal, parseDeviceRule } from './device-rule.ts';
import { assemble, codes, type Instruction } from './ebpf.ts';

/** The kernel's verifier takes twice as many of the worst kind before it calls a program too complex. */
export const maxDeviceRules = 1024;

const path = 'linux.resources.devices';

const result = 0;
const context = 1;
const field = 2;
/** The accesses that no rule has decided yet. */
const undecided = 3;

/** struct bpf_cgroup_dev_ctx: three words. The first has the type in its lower half and the accesses in its upper. */
const accessTypeOffset = 0;
const majorOffset = 4;
const minorOffset = 8;

const decide = (allow: boolean): Instruction[] => [
  { code: codes.move, dst: result, constant: allow ? 1 : 0 },
  { code: codes.exit },
];

/** What a rule does with a request for a device that it fits. It runs on into the next rule where it decides nothing. */
function verdict({ allow, access }: DeviceRule): Instruction[] {
  if (allow) {
    return [
      { code: codes.and32, dst: undecided, constant: fullAccess & ~access },
      { code: codes.jumpIfNotEqual, dst: undecided, constant: 0, offset: 2 },
      ...decide(true),
    ];
  }
  return [
    { code: codes.jumpIfSet, dst: undecided, constant: access, offset: 1 },
    { code: codes.jump, offset: 2 },
    ...decide(false),
  ];
}

/** What a field of the request must be for a rule to fit. */
interface Test {
  load: Instruction[];
  wanted: number;
}

const loadField = (offset: number): Instruction => ({
  code: codes.loadWord,
  dst: field,
  src: context,
  offset,
});

/**
 * Each test loads its field again. It costs little, and the verifier, which follows every path, finds all of them alike
 * where rules begin: its work grows with the number of rules, not with its square.
 */
function testsOf({ type, major, minor }: DeviceRule): Test[] {
  const tests: Test[] = [];
  if (type !== undefined) {
    const lowerHalf = { code: codes.and32, dst: field, constant: 0xffff };
    tests.push({ load: [loadField(accessTypeOffset), lowerHalf], wanted: type });
  }
  if (major !== undefined) tests.push({ load: [loadField(majorOffset)], wanted: major });
  if (minor !== undefined) tests.push({ load: [loadField(minorOffset)], wanted: minor });
  return tests;
}

/** One rule: built from its end, as each test jumps over all that follows it. */
function ruleInstructions(rule: DeviceRule): Instruction[] {
  return testsOf(rule).reduceRight(
    (rest, { load, wanted }) => [
      ...load,
      { code: codes.jumpIfNotEqual, dst: field, constant: wanted, offset: rest.length },
      ...rest,
    ],
    verdict(rule),
  );
}

/**
 * The device rules of a cgroup as a program of type BPF_PROG_TYPE_CGROUP_DEVICE (struct bpf_insn, little-endian), for
 * `Plan.attachDeviceProgram`.
 *
 * A request names a device and one or more accesses (read, write, mknod). For each access the last rule decides that
 * fits the device and names the access; where there is none, it is denied (RO 19). The request is allowed when all of
 * its accesses are. Rules are therefore tested from the last to the first until all is decided, and those before a rule
 * for everything are left out. runc differs in that a rule of type `a` is for everything whatever else it says, and in
 * that it refuses to take a part out of what a wildcard allows.
 *
 * Throws a FirstbornError that names the place of a bad rule. Pure.
 */
export function deviceProgram(rules: readonly SpecDeviceRule[]): Uint8Array {
  if (rules.length > maxDeviceRules) {
    refuseValue(path, `expected at most ${maxDeviceRules} rules, got ${rules.length}`);
  }
  const parsed = rules.map((rule, index) => parseDeviceRule(rule, `${path}[${index}]`));
  const base = parsed.findLastIndex(isUniversal);
  const instructions: Instruction[] = [
    { code: codes.loadWord, dst: undecided, src: context, offset: accessTypeOffset },
    { code: codes.shiftRight, dst: undecided, constant: 16 },
  ];
  for (const rule of parsed.slice(base + 1).toReversed()) instructions.push(...ruleInstructions(rule));
  instructions.push(...decide(parsed[base]?.allow ?? false));
  return assemble(instructions);
}
