import type { SpecMount } from '../../../../protocol/oci/runtime-spec.ts';
import { asking, beyondRunc, change, type DifferentialCase } from '../differential-case.ts';

/** A case with one more mount, of whose target the probe is asked. */
function mounting(name: string, mount: SpecMount, words: string[] = []): DifferentialCase {
  const { destination } = mount;
  const questions = [`stat=${destination}`, `list=${destination}`, `try=create:${destination}/new`, ...words];
  return asking(name, questions, (spec) => {
    spec.mounts.push(mount);
  });
}

const tmpfs = (destination: string, options: string[]): SpecMount => ({
  destination,
  type: 'tmpfs',
  source: 'tmpfs',
  options,
});
const bind = (destination: string, options: string[], source = 'data/tree'): SpecMount => ({
  destination,
  type: 'bind',
  source,
  options: ['rbind', ...options],
});

/** Each group of options of the specification's table, on a tmpfs. */
const optionGroups: readonly (readonly string[])[] = [
  ['ro'],
  ['nosuid', 'nodev', 'noexec'],
  ['noexec', 'exec', 'ro', 'rw'],
  ['sync', 'dirsync'],
  ['noatime'],
  ['nodiratime', 'relatime'],
  ['strictatime'],
  ['relatime', 'norelatime'],
  ['mode=1700', 'uid=7', 'gid=8', 'size=1m'],
  ['nr_inodes=100', 'size=2m', 'nodev'],
  ['silent', 'loud'],
  ['iversion', 'noiversion'],
  ['suid', 'dev', 'exec', 'async', 'atime', 'diratime', 'rw'],
];

const optionCases: DifferentialCase[] = optionGroups.map((options, index) =>
  mounting(`a tmpfs with ${options.join(',')}`, tmpfs(`/work/options-${index}`, [...options])),
);

const propagationCases: DifferentialCase[] = [
  'private',
  'shared',
  'slave',
  'unbindable',
  'rprivate',
  'rshared',
  'rslave',
  'runbindable',
].map((option) => mounting(`a mount that is ${option}`, tmpfs(`/work/${option}`, [option])));

const rootPropagation: DifferentialCase[] = ['private', 'shared', 'slave'].map((propagation) =>
  change(`a root that is ${propagation}`, (spec) => {
    spec.linux.rootfsPropagation = propagation;
  }),
);

const binds: DifferentialCase[] = [
  mounting('a directory of the bundle', bind('/work/bound', [])),
  mounting('a directory of the bundle, read-only', bind('/work/bound-ro', ['ro'])),
  mounting(
    'a bind with every restriction',
    bind('/work/restricted', ['ro', 'nosuid', 'nodev', 'noexec', 'noatime']),
  ),
  mounting('a bind of type none', {
    destination: '/work/none',
    type: 'none',
    source: 'data/tree',
    options: ['bind'],
  }),
  mounting('a file of the bundle on a new file', bind('/work/made/for/file', ['ro'], 'data/file'), [
    'read=/work/made/for/file',
    'stat=/work/made',
  ]),
  mounting('a file of the bundle on a file', bind('/work/file', [], 'data/file'), ['read=/work/file']),
  mounting('a directory on a file', bind('/work/tree/leaf', [])),
  mounting('a file on a directory', bind('/work/tree', [], 'data/file')),
  mounting('a bind of what is missing', bind('/work/missing', [], 'data/missing')),
  mounting('a recursively read-only bind', bind('/work/recursive', ['rro']), [
    'try=create:/work/recursive/inner/new',
  ]),
  mounting(
    'a recursively restricted bind',
    bind('/work/recursive-2', ['rnosuid', 'rnodev', 'rnoexec', 'rnoatime']),
  ),
  mounting('a bind that is shared', bind('/work/bound-shared', ['rshared'])),
  mounting('a bind of a device', bind('/work/null', [], '/dev/null'), ['try=open:rw:/work/null']),
];

const targets: DifferentialCase[] = [
  mounting('a target that is made', tmpfs('/made/mount/point', ['ro']), ['stat=/made/mount']),
  mounting('a target behind a relative link', tmpfs('/opt/relative/one', []), ['list=/opt/real']),
  mounting('a target behind an absolute link', tmpfs('/opt/absolute/two', []), ['list=/opt/real']),
  mounting('a target behind a link upwards', tmpfs('/opt/upwards', []), ['list=/opt/real/deep']),
  mounting('a target behind a dangling link', tmpfs('/opt/dangling/three', []), ['stat=/opt/made/later']),
  mounting('a target with dots', tmpfs('/work/tree/../../../dots', []), ['stat=/dots']),
  mounting('a target of no absolute path', tmpfs('work/relative', []), ['list=/work/relative']),
  change('a target inside another mount', (spec) => {
    spec.mounts.push(tmpfs('/work/outer', ['mode=755']), tmpfs('/work/outer/inner', ['ro']));
  }),
  change('two mounts at one target', (spec) => {
    spec.mounts.push(tmpfs('/work/same', ['ro']), tmpfs('/work/same', ['nosuid']));
  }),
];

const kinds: DifferentialCase[] = [
  mounting('a tmpfs that takes what it covers', tmpfs('/filled', ['tmpcopyup', 'mode=755']), [
    'read=/filled/first',
  ]),
  change('proc with no word about its options', (spec) => {
    spec.mounts[0] = { destination: '/proc', type: 'proc', source: 'proc', options: [] };
  }),
  change('proc with a hidepid', (spec) => {
    spec.mounts[0] = { destination: '/proc', type: 'proc', source: 'proc', options: ['hidepid=2', 'nosuid'] };
  }),
  change('a writable sysfs', (spec) => {
    spec.mounts[5] = {
      destination: '/sys',
      type: 'sysfs',
      source: 'sysfs',
      options: ['nosuid', 'noexec', 'nodev'],
    };
  }),
  change('a writable cgroup', (spec) => {
    const cgroup = spec.mounts[6];
    if (cgroup !== undefined) cgroup.options = ['nosuid', 'noexec', 'nodev'];
  }),
  change('no cgroup at all', (spec) => {
    spec.mounts.pop();
  }),
  change('a remount', (spec) => {
    spec.mounts.push({
      destination: '/dev/shm',
      type: 'tmpfs',
      source: 'shm',
      options: ['remount', 'ro', 'nosuid'],
    });
  }),
  mounting('an unknown kind', {
    destination: '/work/unknown',
    type: 'no-such-kind',
    source: 'none',
    options: [],
  }),
  mounting('an option that the file system does not know', tmpfs('/work/odd', ['no-such-option'])),
  change('no /dev of its own', (spec) => {
    spec.mounts = spec.mounts.filter(({ destination }) => !destination.startsWith('/dev'));
  }),
];

const roots: DifferentialCase[] = [
  change('a read-only root', (spec) => {
    spec.root.readonly = true;
  }),
  asking('a read-only root with a tmpfs in it', ['try=create:/work/new', 'try=create:/opt/new'], (spec) => {
    spec.root.readonly = true;
    spec.mounts.push(tmpfs('/work', ['mode=1777']));
  }),
  asking('a read-only root with a writable bind', ['try=create:/work/bound/new'], (spec) => {
    spec.root.readonly = true;
    spec.mounts.push(bind('/work/bound', []));
  }),
  change('nothing is masked', (spec) => {
    spec.linux.maskedPaths = [];
  }),
  change('nothing is read-only', (spec) => {
    spec.linux.readonlyPaths = [];
  }),
  asking(
    'masked and read-only paths of the image',
    ['masked=/work/file', 'masked=/work/tree', 'try=create:/opt/real/new', 'try=open:w:/srv/not-executable'],
    (spec) => {
      spec.linux.maskedPaths = ['/work/file', '/work/tree', '/work/absent'];
      spec.linux.readonlyPaths = ['/opt', '/srv/not-executable', '/absent'];
    },
  ),
  asking('a masked path behind a link', ['list=/opt/real', 'list=/opt/absolute'], (spec) => {
    spec.linux.maskedPaths = ['/opt/absolute'];
  }),
];

const newer: DifferentialCase[] = [
  beyondRunc(
    'a tmpfs with defaults',
    'runc 1.1 hands the word to the kernel',
    (spec) => {
      spec.mounts.push(tmpfs('/tmp', ['defaults', 'ro']));
    },
    { 'mounts./tmp': 'tmpfs from tmpfs: relatime,ro; private (rw)' },
  ),
  beyondRunc(
    'a root that is unbindable',
    'runc 1.1 binds the root after it has made it so',
    (spec) => {
      spec.linux.rootfsPropagation = 'unbindable';
    },
    { 'mounts./': "the machine's: relatime,rw; unbindable" },
  ),
  beyondRunc(
    'links are not followed',
    'runc 1.1 does not know it',
    (spec) => {
      spec.mounts.push(tmpfs('/tmp', ['nosymfollow', 'nodev']));
    },
    { 'mounts./tmp': 'tmpfs from tmpfs: nodev,nosymfollow,relatime,rw; private (rw)' },
  ),
];

/** `root`, `mounts` and what is done to paths. */
export const mountCases = [
  ...optionCases,
  ...propagationCases,
  ...rootPropagation,
  ...binds,
  ...targets,
  ...kinds,
  ...roots,
  ...newer,
];
