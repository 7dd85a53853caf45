/** Linux signal numbers of x86-64 and arm64 (signal(7)); the libc keeps 32 and 33 for itself. */
const signalNumbers = new Map<string, number>([
  ['HUP', 1],
  ['INT', 2],
  ['QUIT', 3],
  ['ILL', 4],
  ['TRAP', 5],
  ['ABRT', 6],
  ['IOT', 6],
  ['BUS', 7],
  ['FPE', 8],
  ['KILL', 9],
  ['USR1', 10],
  ['SEGV', 11],
  ['USR2', 12],
  ['PIPE', 13],
  ['ALRM', 14],
  ['TERM', 15],
  ['STKFLT', 16],
  ['CHLD', 17],
  ['CONT', 18],
  ['STOP', 19],
  ['TSTP', 20],
  ['TTIN', 21],
  ['TTOU', 22],
  ['URG', 23],
  ['XCPU', 24],
  ['XFSZ', 25],
  ['VTALRM', 26],
  ['PROF', 27],
  ['WINCH', 28],
  ['IO', 29],
  ['POLL', 29],
  ['PWR', 30],
  ['SYS', 31],
  ['RTMIN', 34],
  ['RTMAX', 64],
]);

const maxSignal = 64;

/**
 * Reads a signal as Docker and the OCI image config write it: `SIGTERM`, `term`, `15`, `SIGRTMIN+3`,
 * `RTMAX-1`. Returns `undefined` for anything else, 0 included.
 */
export function parseSignal(text: string): number | undefined {
  if (/^\d{1,2}$/.test(text)) {
    const number = Number(text);
    return number >= 1 && number <= maxSignal ? number : undefined;
  }
  const match = /^(?:SIG)?([A-Z0-9]+?)(?:([+-])(\d{1,2}))?$/.exec(text.toUpperCase());
  const base = match?.[1] === undefined ? undefined : signalNumbers.get(match[1]);
  if (match === null || base === undefined) return undefined;
  const [, name, sign, digits] = match;
  if (sign === undefined) return base;
  if (!(name === 'RTMIN' && sign === '+') && !(name === 'RTMAX' && sign === '-')) return undefined;
  const number = sign === '+' ? base + Number(digits) : base - Number(digits);
  return number >= 34 && number <= maxSignal ? number : undefined;
}

/** Names a signal for people: `SIGTERM`, `SIGRTMIN+3`. */
export function signalName(number: number): string {
  for (const [name, value] of signalNumbers) if (value === number) return `SIG${name}`;
  return number > 34 && number < maxSignal ? `SIGRTMIN+${number - 34}` : `signal ${number}`;
}
