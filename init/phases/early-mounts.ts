import { MS_NODEV, MS_NOEXEC, MS_NOSUID, MS_RELATIME } from '../../addon/constants.ts';
import { Plan } from '../../addon/plan.ts';

/** As devpts' gid option and the tty group of every distribution. */
const devptsData = 'gid=5,mode=0620,ptmxmode=0666';
/** LONG_MAX: what bounds a container is its memory, to which the kernel charges each watch (epoll(7)). */
const unlimitedWatches = '9223372036854775807';
const links = [
  ['/proc/self/fd', '/dev/fd'],
  ['/proc/self/fd/0', '/dev/stdin'],
  ['/proc/self/fd/1', '/dev/stdout'],
  ['/proc/self/fd/2', '/dev/stderr'],
] as const;

/**
 * The filesystems that init itself and everything after it stand on (KR 1). A kernel may have mounted
 * devtmpfs already. init is the last process that the kernel should pick when memory runs out, and a container must
 * not use up what its root shares with init's by being the same user.
 */
export function earlyMountsPlan(): Plan {
  const plan = new Plan();
  const hardened = MS_NOSUID | MS_NODEV | MS_NOEXEC;
  for (const [path, mode] of [
    ['/dev', 0o755],
    ['/proc', 0o555],
    ['/sys', 0o555],
    ['/root', 0o700],
    ['/tmp', 0o1777],
    ['/run', 0o755],
  ] as const) {
    plan.makeDirectory(path, mode, { accept: ['EEXIST'] });
  }
  plan
    .mount(
      {
        source: 'devtmpfs',
        target: '/dev',
        type: 'devtmpfs',
        flags: MS_NOSUID | MS_NOEXEC,
        data: 'mode=0755',
      },
      { accept: ['EBUSY'] },
    )
    .mount({ source: 'proc', target: '/proc', type: 'proc', flags: hardened })
    .mount({ source: 'sysfs', target: '/sys', type: 'sysfs', flags: hardened })
    .mount({
      source: 'cgroup2',
      target: '/sys/fs/cgroup',
      type: 'cgroup2',
      flags: hardened | MS_RELATIME,
      // A container that mounts its cgroup in a user namespace of its own must not lift its own limits there.
      data: 'nsdelegate',
    })
    .mount({
      source: 'tmpfs',
      target: '/run',
      type: 'tmpfs',
      flags: MS_NOSUID | MS_NODEV,
      data: 'mode=0755',
    });
  for (const path of ['/dev/pts', '/dev/shm', '/dev/mqueue']) {
    plan.makeDirectory(path, 0o755, { accept: ['EEXIST'] });
  }
  plan
    .mount({
      source: 'devpts',
      target: '/dev/pts',
      type: 'devpts',
      flags: MS_NOSUID | MS_NOEXEC,
      data: devptsData,
    })
    .mount({ source: 'shm', target: '/dev/shm', type: 'tmpfs', flags: hardened, data: 'mode=1777' })
    .mount({ source: 'mqueue', target: '/dev/mqueue', type: 'mqueue', flags: hardened }, { orWarn: true });
  for (const [target, path] of links) plan.symlink(target, path, { accept: ['EEXIST'] });
  return plan
    .writeFile('/proc/self/oom_score_adj', '-1000', {}, { orWarn: true })
    .writeFile('/proc/sys/fs/epoll/max_user_watches', unlimitedWatches, {}, { orWarn: true });
}
