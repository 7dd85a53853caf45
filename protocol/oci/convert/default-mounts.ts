import type { SpecMount } from '../runtime-spec.ts';

/** What decides about the mounts that every container gets. */
export interface DefaultMountChoice {
  /** Where init has the container's devpts; without one the container gets a new instance by itself. */
  terminals: string | undefined;
  /** Whether /sys and the cgroup tree can be written. */
  privileged: boolean;
  /** Docker's 64 MiB when absent. */
  shmSizeBytes: number | undefined;
}

const pseudo = ['nosuid', 'nodev', 'noexec'];
const defaultShmBytes = 64 * 1024 * 1024;

function terminalsMount(terminals: string | undefined): SpecMount {
  const destination = '/dev/pts';
  if (terminals !== undefined) {
    return { destination, type: 'bind', source: terminals, options: ['bind', 'nosuid', 'noexec'] };
  }
  const options = ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5'];
  return { destination, type: 'devpts', source: 'devpts', options };
}

/**
 * runtime-spec, config-linux.md, "Default Filesystems", with the options that runc uses, parents before what lies in
 * them. Pure.
 */
export function defaultMounts(choice: DefaultMountChoice): SpecMount[] {
  const access = choice.privileged ? 'rw' : 'ro';
  return [
    { destination: '/proc', type: 'proc', source: 'proc', options: pseudo },
    {
      destination: '/dev',
      type: 'tmpfs',
      source: 'tmpfs',
      options: ['nosuid', 'noexec', 'mode=755', 'size=65536k'],
    },
    terminalsMount(choice.terminals),
    {
      destination: '/dev/shm',
      type: 'tmpfs',
      source: 'shm',
      options: [...pseudo, 'mode=1777', `size=${choice.shmSizeBytes ?? defaultShmBytes}`],
    },
    { destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: pseudo },
    { destination: '/sys', type: 'sysfs', source: 'sysfs', options: [access, ...pseudo] },
    {
      destination: '/sys/fs/cgroup',
      type: 'cgroup2',
      source: 'cgroup',
      options: [access, ...pseudo, 'relatime'],
    },
  ];
}
