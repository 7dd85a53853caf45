import { errnoName, type Plan } from '../../addon/plan.ts';
import { type PlanRecord, planRecords } from './plan-records.ts';

/** A plan as lines to compare: `mount proc /proc proc MS_NOSUID`; an empty argument is `""`. */
export function planLines(plan: Plan): string[] {
  return plan
    .describe()
    .map((operation) =>
      [operation.name, ...operation.arguments.map((text) => (text === '' ? '""' : text))].join(' '),
    );
}

/** The same with what each operation makes of its failure: `[accepts EEXIST]`, `[warns]`. */
export function planLinesWithTolerance(plan: Plan): string[] {
  const records = planRecords(plan);
  return planLines(plan).map((line, index) => line + tolerance(records[index]));
}

function tolerance(record: PlanRecord | undefined): string {
  if (record === undefined) throw new RangeError('Cannot find an operation in the bytes of its plan');
  const accepts =
    record.accepted.length === 0 ? '' : ` [accepts ${record.accepted.map(errnoName).join(' ')}]`;
  return record.warns ? `${accepts} [warns]` : accepts;
}
