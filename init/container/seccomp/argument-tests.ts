import { type Condition, rangesOf } from './conditions.ts';
import type { ConditionalRule } from './profile-rules.ts';
import type { Range } from './ranges.ts';

/** The width of an architecture's registers: of narrower ones only the lower half of each argument is looked at. */
export type ArgumentBits = 32 | 64;

type BitsTest = Extract<Condition, { kind: 'bits' }>;

/** One look at one argument. */
export type ArgumentTest = BitsTest | { kind: 'ranges'; index: number; ranges: Range[] };

/** An action that holds when all tests do. */
export interface TestedAction {
  action: number;
  tests: ArgumentTest[];
}

function testOf(condition: Condition, bits: ArgumentBits): ArgumentTest {
  if (condition.kind === 'bits') return condition;
  const { index, operator, value } = condition;
  return { kind: 'ranges', index, ranges: rangesOf(operator, value, bits) };
}

/** The only test of an action, if it is one against ranges. */
function onlyRanges({ tests }: TestedAction): Extract<ArgumentTest, { kind: 'ranges' }> | undefined {
  const [test] = tests;
  return tests.length === 1 && test?.kind === 'ranges' ? test : undefined;
}

/**
 * Turns the rules of one syscall into tests, in their order. Neighbours of the same action that compare the same
 * argument become one: a list of thirty values is one search.
 */
export function testsOf(rules: readonly ConditionalRule[], bits: ArgumentBits): TestedAction[] {
  const merged: TestedAction[] = [];
  for (const { action, conditions } of rules) {
    const next: TestedAction = { action, tests: conditions.map((condition) => testOf(condition, bits)) };
    const last = merged.at(-1);
    const before = last?.action === action ? onlyRanges(last) : undefined;
    const ranges = onlyRanges(next);
    if (before !== undefined && before.index === ranges?.index) before.ranges.push(...ranges.ranges);
    else merged.push(next);
  }
  return merged;
}
