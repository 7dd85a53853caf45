import { capabilities, dropNamespaces } from '../base-spec.ts';
import { type Change, change, type DifferentialCase } from '../differential-case.ts';

/** Ways to change a configuration that go together in any combination; one of each group, or none, is taken. */
const groups: readonly (readonly Change[])[] = [
  [
    (spec) => {
      spec.process.user = { uid: 1000, gid: 1001, additionalGids: [10] };
    },
    (spec) => {
      spec.process.user = { uid: 77, gid: 88, umask: 0o027 };
    },
    (spec) => {
      spec.process.user.umask = 0;
    },
  ],
  [
    (spec) => {
      spec.process.capabilities = capabilities([]);
    },
    (spec) => {
      spec.process.capabilities = capabilities(['CAP_SYS_ADMIN', 'CAP_CHOWN']);
    },
    (spec) => {
      const names = ['CAP_NET_RAW', 'CAP_MKNOD'] as const;
      spec.process.capabilities = { ...capabilities(names), inheritable: [...names], ambient: [...names] };
    },
  ],
  [
    (spec) => {
      spec.process.rlimits = [{ type: 'RLIMIT_NPROC', soft: 100, hard: 200 }];
    },
    (spec) => {
      spec.process.rlimits?.push({ type: 'RLIMIT_CORE', soft: 0, hard: 0 });
    },
  ],
  [
    (spec) => {
      spec.process.noNewPrivileges = false;
    },
  ],
  [
    (spec) => {
      spec.process.cwd = '/work/tree';
    },
    (spec) => {
      spec.process.cwd = '/made/by/combination';
    },
  ],
  [
    (spec) => {
      spec.process.env = ['ONE=1'];
    },
    (spec) => {
      spec.process.env.push('HOME=/given');
    },
  ],
  [
    (spec) => {
      spec.root.readonly = true;
    },
  ],
  [
    (spec) => {
      spec.mounts.push({
        destination: '/tmp',
        type: 'tmpfs',
        source: 'tmpfs',
        options: ['nosuid', 'size=1m'],
      });
    },
    (spec) => {
      spec.mounts.push({ destination: '/tmp', type: 'bind', source: 'data/tree', options: ['rbind', 'ro'] });
    },
  ],
  [
    (spec) => {
      spec.linux.devices = [{ path: '/dev/more', type: 'c', major: 1, minor: 5, fileMode: 0o604 }];
    },
    (spec) => {
      spec.linux.resources.devices = [{ allow: true, access: 'rwm' }];
    },
  ],
  [
    (spec) => {
      spec.linux.maskedPaths = ['/work/tree'];
    },
    (spec) => {
      spec.linux.readonlyPaths = ['/work'];
    },
  ],
  [
    (spec) => dropNamespaces(spec, 'ipc'),
    (spec) => dropNamespaces(spec, 'network', 'cgroup'),
    (spec) => dropNamespaces(spec, 'pid'),
  ],
  [
    (spec) => {
      spec.process.oomScoreAdj = 321;
    },
  ],
  [
    (spec) => {
      spec.hostname = 'combined';
    },
  ],
  [
    (spec) => {
      const refuse = { names: ['getpgid', 'mount'], action: 'SCMP_ACT_ERRNO' as const, errnoRet: 95 };
      spec.linux.seccomp = { defaultAction: 'SCMP_ACT_ALLOW', syscalls: [refuse] };
    },
  ],
  [
    (spec) => {
      spec.linux.rootfsPropagation = 'shared';
    },
  ],
];

/** A linear congruential generator: the same numbers everywhere, whatever the engine's own are. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Combinations of changes, the same ones for the same seed. */
export function generatedCases(count: number, seed: number): DifferentialCase[] {
  const next = numbers(seed);
  return Array.from({ length: count }, (_, index) =>
    change(`combination ${index + 1} of seed ${seed}`, (spec) => {
      for (const group of groups) {
        // About half of the groups take part in each.
        const chosen = group[next(group.length * 2)];
        chosen?.(spec);
      }
    }),
  );
}
