/** What was seen, normalised: one text for each key, so that two can be compared line by line. */
export type Facts = Record<string, string>;

/** Where two differ; a side that says nothing has `undefined`. */
export interface Difference {
  key: string;
  runc: string | undefined;
  firstborn: string | undefined;
}

/** All differences, by key. */
export function compareFacts(runc: Facts, firstborn: Facts): Difference[] {
  const keys = new Set([...Object.keys(runc), ...Object.keys(firstborn)]);
  return [...keys]
    .toSorted()
    .filter((key) => runc[key] !== firstborn[key])
    .map((key) => ({ key, runc: runc[key], firstborn: firstborn[key] }));
}

/** One line for each, for a failed test. */
export function describeDifferences(differences: readonly Difference[]): string {
  return differences
    .map(
      ({ key, runc, firstborn }) => `${key}\n    runc:      ${show(runc)}\n    firstborn: ${show(firstborn)}`,
    )
    .join('\n');
}

const show = (value: string | undefined): string =>
  value === undefined ? '(nothing)' : JSON.stringify(value);
