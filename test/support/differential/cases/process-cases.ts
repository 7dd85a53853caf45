import { beyondRunc, change, type DifferentialCase } from '../differential-case.ts';

const odd = ['', ' ', 'two words', '"quoted"', '$HOME', 'ünïcode', 'new\nline', '--', '-x', '='];

const commandLine: DifferentialCase[] = [
  change('the base configuration', () => {}),
  change('odd arguments', (spec) => {
    spec.process.args.push(...odd);
  }),
  change('an argument of 20000 bytes', (spec) => {
    spec.process.args.push('a'.repeat(20_000));
  }),
  change('a program found by PATH', (spec) => {
    spec.process.args[0] = 'probe';
    spec.process.env = ['PATH=/missing:/bin'];
  }),
  change('a program that PATH does not lead to', (spec) => {
    spec.process.args[0] = 'probe';
    spec.process.env = ['PATH=/missing'];
  }),
  change('a program that is missing', (spec) => {
    spec.process.args[0] = '/missing';
  }),
  change('a program that is not executable', (spec) => {
    spec.process.args[0] = '/srv/not-executable';
  }),
  change('a program whose interpreter is missing', (spec) => {
    spec.process.args[0] = '/srv/no-interpreter';
  }),
  change('a directory as program', (spec) => {
    spec.process.args[0] = '/work';
  }),
  change('a relative program below the working directory', (spec) => {
    spec.process.args[0] = './probe';
    spec.process.cwd = '/bin';
  }),
  change('a script of the shell that becomes the probe', (spec) => {
    spec.process.args = ['/bin/sh', '-c', 'exec /bin/probe "$0" "$@"', ...spec.process.args.slice(1)];
  }),
];

const environment: DifferentialCase[] = [
  change('an empty environment', (spec) => {
    spec.process.env = [];
  }),
  change('odd variables', (spec) => {
    spec.process.env = [
      'EMPTY=',
      'EQUALS=a=b=c',
      'lower=case',
      'SPACE= around ',
      'LINES=a\nb',
      'Ü=ü',
      'HOME=/elsewhere',
    ];
  }),
  change('a variable twice', (spec) => {
    spec.process.env.push('TWICE=first', 'TWICE=second');
  }),
  change('a user whose HOME is not given', (spec) => {
    spec.process.user = { uid: 1000, gid: 1001 };
  }),
  change('a user without an entry in passwd', (spec) => {
    spec.process.user = { uid: 4321, gid: 8765 };
  }),
];

const directory: DifferentialCase[] = [
  change('a working directory', (spec) => {
    spec.process.cwd = '/work/tree';
  }),
  change('a working directory that is missing', (spec) => {
    spec.process.cwd = '/made/for/cwd';
    spec.process.args.push('stat=/made', 'stat=/made/for/cwd');
  }),
  change('a missing working directory of another user', (spec) => {
    spec.process.cwd = '/made-for-user/cwd';
    spec.process.user = { uid: 1000, gid: 1001 };
    spec.process.args.push('stat=/made-for-user/cwd');
  }),
  change('a working directory behind a link', (spec) => {
    spec.process.cwd = '/opt/absolute/deep';
  }),
  change('a working directory that is a file', (spec) => {
    spec.process.cwd = '/work/file';
  }),
  change('a working directory that the user must not enter', (spec) => {
    spec.process.cwd = '/work/private';
    spec.process.user = { uid: 1000, gid: 1001 };
  }),
];

const attributes: DifferentialCase[] = [
  change('new privileges are possible', (spec) => {
    spec.process.noNewPrivileges = false;
  }),
  change('a score for the out-of-memory killer', (spec) => {
    spec.process.oomScoreAdj = 500;
  }),
  beyondRunc(
    'a negative score for the out-of-memory killer',
    'Who runs the test may lack CAP_SYS_RESOURCE',
    (spec) => {
      spec.process.oomScoreAdj = -500;
    },
    { oomScoreAdj: '-500' },
  ),
  beyondRunc(
    'an I/O priority',
    'runc 1.1 does not know it',
    (spec) => {
      spec.process.ioPriority = { class: 'IOPRIO_CLASS_BE', priority: 6 };
    },
    { ioPriority: String((2 << 13) | 6) },
  ),
  beyondRunc(
    'the idle I/O class',
    'runc 1.1 does not know it',
    (spec) => {
      spec.process.ioPriority = { class: 'IOPRIO_CLASS_IDLE', priority: 0 };
    },
    { ioPriority: String(3 << 13) },
  ),
  beyondRunc(
    'a batch process',
    'runc 1.1 does not know it',
    (spec) => {
      spec.process.scheduler = { policy: 'SCHED_BATCH', nice: 5 };
    },
    { 'scheduler.policy': '3', 'scheduler.nice': '5' },
  ),
  beyondRunc(
    'a round-robin process',
    'runc 1.1 does not know it',
    (spec) => {
      spec.process.scheduler = { policy: 'SCHED_RR', priority: 7 };
    },
    { 'scheduler.policy': '2', 'scheduler.priority': '7' },
  ),
  beyondRunc(
    'a personality',
    'runc 1.1 does not know it',
    (spec) => {
      spec.linux.personality = { domain: 'LINUX32' };
    },
    { personality: '"0x8"', machine: '"i686"' },
  ),
];

/** `process` apart from its user. */
export const processCases = [...commandLine, ...environment, ...directory, ...attributes];
