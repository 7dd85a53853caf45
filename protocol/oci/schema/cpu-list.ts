/** One more than the highest CPU or memory node that a kernel can have (NR_CPUS). */
const maxNumbers = 8192;

function isRange(range: string): boolean {
  const match = /^(\d{1,4})(?:\s*-\s*(\d{1,4}))?$/.exec(range);
  if (match === null) return false;
  const [, first, last = first] = match;
  return Number(first) <= Number(last) && Number(last) < maxNumbers;
}

/** Whether a text lists CPUs or memory nodes as cpuset(7) has it, such as `0-3,7`: at least one. Pure. */
export function isCpuList(text: string): boolean {
  const ranges = text
    .split(',')
    .map((range) => range.trim())
    .filter((range) => range !== '');
  return ranges.length > 0 && ranges.every(isRange);
}
