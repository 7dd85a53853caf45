import type { Difference } from './facts.ts';

/** A way in which Firstborn is meant to differ from runc. */
export interface ExpectedDifference {
  /** The facts, with `*` for any characters. */
  keys: string;
  /** The cases, with `*` for any characters. */
  cases: string;
  /** What each side says; absent when it does not matter, `nothing` for a fact that it does not have. */
  runc?: string;
  firstborn?: string;
  reason: string;
}

/** All of them. `docs/runc-differences.md` has the same table, which a test compares. */
export const expectedDifferences: readonly ExpectedDifference[] = [
  {
    keys: 'mounts./',
    cases: '*',
    reason: 'The root is an overlay without device nodes and access times, whatever the image brings',
  },
  {
    keys: 'mounts./work/*',
    cases: '*',
    runc: "the machine's: *",
    firstborn: "the machine's: *",
    reason:
      "A bundle's files come on a read-only disk: binds of them can't be written, whatever their options say",
  },
  {
    keys: 'answers.try=create:/work/*',
    cases: '*',
    runc: 'ok',
    firstborn: 'EROFS',
    reason:
      "A bundle's files come on a read-only disk: binds of them can't be written, whatever their options say",
  },
  {
    keys: 'mounts./tmp',
    cases: 'combination *',
    runc: "the machine's: *",
    firstborn: "the machine's: *",
    reason:
      "A bundle's files come on a read-only disk: binds of them can't be written, whatever their options say",
  },
  {
    keys: 'mounts./proc*',
    cases: '*',
    runc: 'proc from proc*',
    firstborn: 'proc from proc*',
    reason: 'proc is always nosuid, nodev and noexec, whatever its options say',
  },
  {
    keys: 'mounts./work/null',
    cases: 'a bind of a device',
    reason: "The guest's devtmpfs is nosuid and noexec, and so are binds of what is in it",
  },
  {
    keys: 'mounts./filled',
    cases: 'a tmpfs that takes what it covers',
    reason: 'The directory is laid under the memory instead of being copied into it',
  },
  {
    keys: 'mounts./*',
    cases: '*',
    runc: "the machine's: *",
    firstborn: "the machine's: *nodev*",
    reason: 'Binds of the root are without device nodes and access times, as it is',
  },
  {
    keys: 'answers.*',
    cases: 'no /dev of its own',
    reason: 'Device nodes in the root itself do not open: it is mounted nodev',
  },
  {
    keys: 'answers.try=*',
    cases: 'what CAP_MKNOD opens',
    firstborn: 'made, open: EACCES',
    reason: 'Device nodes in the root itself do not open: it is mounted nodev',
  },
  {
    keys: 'answers.try=open:rw:/opt/null',
    cases: 'a device outside /dev',
    firstborn: 'EACCES',
    reason: 'Device nodes in the root itself do not open: it is mounted nodev',
  },
  {
    keys: 'answers.try=open:r:/dev/full',
    cases: 'a default device with another mode',
    runc: 'EPERM',
    firstborn: 'ok',
    reason: 'A default device that is made anew keeps its rule, which runc drops',
  },
  {
    keys: 'answers.try=mknod:c:1:1:/dev/probe-mem',
    cases: 'everything is allowed',
    runc: 'made, open: ENXIO',
    firstborn: 'made, open: EPERM',
    reason: "The two kernels differ in who may open /dev/mem; the container's rules allow it",
  },
  {
    keys: 'answers.try=mknod:c:1:1:/dev/probe-mem',
    cases: 'combination *',
    runc: 'made, open: ENXIO',
    firstborn: 'made, open: EPERM',
    reason: "The two kernels differ in who may open /dev/mem; the container's rules allow it",
  },
  {
    keys: 'answers.masked=/proc/*',
    cases: 'nothing is masked',
    reason: 'The two kernels differ in what they have there',
  },
  {
    keys: 'answers.masked=/proc/*',
    cases: 'masked and read-only paths of the image',
    reason: 'The two kernels differ in what they have there',
  },
  {
    keys: 'answers.masked=/proc/*',
    cases: 'a masked path behind a link',
    reason: 'The two kernels differ in what they have there',
  },
  {
    keys: 'answers.masked=/proc/*',
    cases: 'combination *',
    reason: 'The two kernels differ in what they have there',
  },
  {
    keys: 'timerSlackNs',
    cases: 'a * process',
    reason: 'The two kernels differ in the timer slack of real-time processes',
  },
  {
    keys: 'mounts./work/same above',
    cases: 'two mounts at one target',
    reason: 'What is sealed in the end keeps its other options; runc gives it those of the mount below',
  },
  {
    keys: 'devices./dev/*',
    cases: 'a user namespace*',
    firstborn: '*65534:65534*',
    reason:
      'What is set up before there is a user namespace belongs to the machine: the container can not change it',
  },
  {
    keys: 'mounts./dev/*',
    cases: 'a user namespace*',
    runc: 'devtmpfs from devtmpfs *',
    firstborn: 'nothing',
    reason: 'Device nodes are made, not bound: that happens before there is a user namespace',
  },
  {
    keys: 'sessionKeyring',
    cases: 'a user namespace*',
    reason: 'The keyring is made before there is a user namespace',
  },
  {
    keys: 'terminal.outputFlags',
    cases: 'a terminal*',
    runc: '0x1',
    firstborn: '0x5',
    reason:
      'The terminal ends lines with CR LF, as terminals do; runc clears ONLCR on the one it passes through',
  },
  {
    keys: 'left.after-failed-*',
    cases: 'a failing hook at *',
    runc: '{"error":"ENOENT"}',
    reason: 'All hooks of a stage run, even after one has failed',
  },
];

function matches(pattern: string, text: string): boolean {
  const parts = pattern.split('*').map((part) => part.replaceAll(/[$()+.?[\\\]^{|}]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('.*')}$`, 's').test(text);
}

const says = (pattern: string | undefined, value: string | undefined): boolean =>
  pattern === undefined || matches(pattern, value ?? 'nothing');

/** The entry that a difference is meant by. */
export function expectedDifference(
  caseName: string,
  { key, runc, firstborn }: Difference,
  table: readonly ExpectedDifference[] = expectedDifferences,
): ExpectedDifference | undefined {
  return table.find(
    (entry) =>
      matches(entry.keys, key) &&
      matches(entry.cases, caseName) &&
      says(entry.runc, runc) &&
      says(entry.firstborn, firstborn),
  );
}

const code = (text: string | undefined): string => (text === undefined ? 'any' : `\`${text}\``);

/** An entry as the document has it. */
export function differenceRow({ keys, cases, runc, firstborn, reason }: ExpectedDifference): string {
  return `| ${code(keys)} | ${code(cases)} | ${code(runc)} | ${code(firstborn)} | ${reason} |`;
}
