import type { Plan } from '../../addon/plan.ts';

/** A plan as lines to compare: `mount proc /proc proc MS_NOSUID`; an empty argument is `""`. */
export function planLines(plan: Plan): string[] {
  return plan
    .describe()
    .map((operation) =>
      [operation.name, ...operation.arguments.map((text) => (text === '' ? '""' : text))].join(' '),
    );
}
