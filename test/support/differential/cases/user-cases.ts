import { type CapabilityName, capabilityNames } from '../../../../protocol/oci/capability-names.ts';
import { capabilities, dropNamespaces } from '../base-spec.ts';
import { asking, change, type DifferentialCase } from '../differential-case.ts';

const app = { uid: 1000, gid: 1001 };
const some: CapabilityName[] = ['CAP_CHOWN', 'CAP_NET_RAW', 'CAP_SETUID'];
/** Without those that whoever runs the test may lack, and those that could harm the machine that it runs on. */
const harmless = capabilityNames.filter(
  (name) =>
    !['CAP_SYS_RESOURCE', 'CAP_SYS_BOOT', 'CAP_SYS_TIME', 'CAP_SYS_MODULE', 'CAP_SYS_RAWIO'].includes(name),
);

const users: DifferentialCase[] = [
  change('a user and a group', (spec) => {
    spec.process.user = { ...app };
  }),
  change('additional groups', (spec) => {
    spec.process.user = { ...app, additionalGids: [5, 10, 2000, 10, 2_000_000_000] };
  }),
  change('root with additional groups', (spec) => {
    spec.process.user.additionalGids = [0, 27];
  }),
  change('the highest ids', (spec) => {
    spec.process.user = { uid: 2 ** 31 - 2, gid: 2 ** 31 - 2 };
  }),
  ...[0, 0o007, 0o077, 0o777].map((umask) =>
    change(`a umask of ${umask.toString(8)}`, (spec) => {
      spec.process.user.umask = umask;
    }),
  ),
  change('a user with a group of root', (spec) => {
    spec.process.user = { uid: 1000, gid: 0 };
  }),
];

const capabilityCases: DifferentialCase[] = [
  change('no capabilities', (spec) => {
    spec.process.capabilities = capabilities([]);
  }),
  change('no word about capabilities', (spec) => {
    delete (spec.process as { capabilities?: unknown }).capabilities;
  }),
  change('empty sets are absent', (spec) => {
    spec.process.capabilities = { bounding: some };
  }),
  change('all capabilities but those that harm', (spec) => {
    spec.process.capabilities = capabilities(harmless);
    spec.process.noNewPrivileges = false;
  }),
  change('capabilities of a user', (spec) => {
    spec.process.user = { ...app };
    spec.process.capabilities = capabilities(some);
  }),
  change('ambient capabilities of a user', (spec) => {
    spec.process.user = { ...app };
    spec.process.capabilities = { ...capabilities(some), inheritable: some, ambient: some };
  }),
  change('ambient capabilities without inheritable ones', (spec) => {
    spec.process.user = { ...app };
    spec.process.capabilities = { ...capabilities(some), ambient: some };
  }),
  change('inheritable capabilities', (spec) => {
    spec.process.capabilities = { ...capabilities(some), inheritable: some };
  }),
  change('effective capabilities are fewer than permitted ones', (spec) => {
    spec.process.capabilities = { ...capabilities(some), effective: ['CAP_CHOWN'] };
  }),
  change('permitted capabilities are fewer than the bounding set', (spec) => {
    const permitted: CapabilityName[] = ['CAP_CHOWN'];
    spec.process.capabilities = { bounding: [...some], permitted, effective: permitted };
  }),
  asking(
    'what CAP_SYS_ADMIN opens',
    ['try=unmount:/sys/firmware', 'try=remount-writable:/proc/sys'],
    (spec) => {
      spec.process.capabilities = capabilities(['CAP_SYS_ADMIN']);
    },
  ),
  asking('what CAP_MKNOD opens', ['try=mknod:c:1:5:/work/zero', 'try=mknod:b:61:0:/work/disk'], (spec) => {
    spec.process.capabilities = capabilities(['CAP_MKNOD']);
  }),
  asking('what CAP_SYS_CHROOT opens', ['try=chroot:/work'], (spec) => {
    spec.process.capabilities = capabilities(['CAP_SYS_CHROOT']);
  }),
  asking('what CAP_SYS_PTRACE opens', ['try=trace:1'], (spec) => {
    spec.process.capabilities = capabilities(['CAP_SYS_PTRACE']);
    dropNamespaces(spec, 'cgroup');
  }),
];

const mappings = (hostID: number): { containerID: number; hostID: number; size: number }[] => [
  { containerID: 0, hostID, size: 65536 },
];

const userNamespaces: DifferentialCase[] = [
  change('a user namespace', (spec) => {
    spec.linux.namespaces.push({ type: 'user' });
    spec.linux.uidMappings = mappings(100_000);
    spec.linux.gidMappings = mappings(200_000);
  }),
  change('a user namespace and another user in it', (spec) => {
    spec.linux.namespaces.push({ type: 'user' });
    spec.linux.uidMappings = mappings(100_000);
    spec.linux.gidMappings = mappings(100_000);
    spec.process.user = { ...app, additionalGids: [10] };
  }),
  change('a user namespace of several ranges', (spec) => {
    spec.linux.namespaces.push({ type: 'user' });
    spec.linux.uidMappings = [...mappings(0), { containerID: 100_000, hostID: 300_000, size: 10 }];
    spec.linux.gidMappings = [...mappings(0), { containerID: 100_000, hostID: 400_000, size: 20 }];
  }),
];

/** Who the process is and what it may do. */
export const userCases = [...users, ...capabilityCases, ...userNamespaces];
