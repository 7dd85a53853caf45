import assert from 'node:assert/strict';
import { test } from 'node:test';
import { consolePlan } from '../../../../init/phases/console.ts';
import { earlyMountsPlan } from '../../../../init/phases/early-mounts.ts';
import { planLines } from '../../../support/plan-text.ts';

test('earlyMountsPlan() mounts what everything stands on, hardened', () => {
  assert.deepEqual(
    planLines(earlyMountsPlan()).filter((line) => line.startsWith('mount ')),
    [
      'mount devtmpfs /dev devtmpfs MS_NOSUID|MS_NOEXEC mode=0755',
      'mount proc /proc proc MS_NOSUID|MS_NODEV|MS_NOEXEC ""',
      'mount sysfs /sys sysfs MS_NOSUID|MS_NODEV|MS_NOEXEC ""',
      'mount cgroup2 /sys/fs/cgroup cgroup2 MS_NOSUID|MS_NODEV|MS_NOEXEC|MS_RELATIME nsdelegate',
      'mount tmpfs /run tmpfs MS_NOSUID|MS_NODEV mode=0755',
      'mount devpts /dev/pts devpts MS_NOSUID|MS_NOEXEC gid=5,mode=0620,ptmxmode=0666',
      'mount shm /dev/shm tmpfs MS_NOSUID|MS_NODEV|MS_NOEXEC mode=1777',
      'mount mqueue /dev/mqueue mqueue MS_NOSUID|MS_NODEV|MS_NOEXEC ""',
    ],
  );
});

test('earlyMountsPlan() makes every mount point before its mount, parents before children', () => {
  const made = new Set(['/', '/sys/fs/cgroup']); // the kernel makes the latter in sysfs
  const mounted = new Set(['/']);
  for (const { name, arguments: words } of earlyMountsPlan().describe()) {
    const [first = '', target = ''] = words;
    if (name === 'makeDirectory') made.add(first);
    if (name !== 'mount') continue;
    assert.ok(made.has(target), `"${target}" is made before it is mounted`);
    if (target.startsWith('/dev/')) assert.ok(mounted.has('/dev'));
    mounted.add(target);
  }
});

test('earlyMountsPlan() spares init when memory runs out', () => {
  const lines = planLines(earlyMountsPlan());
  assert.ok(lines.includes('writeFile /proc/self/oom_score_adj 0 0644 -1000'), lines.join('\n'));
});

test('earlyMountsPlan() leaves no end to the watches that init and a container share', () => {
  assert.match(planLines(earlyMountsPlan()).at(-1) ?? '', /max_user_watches .* 9223372036854775807$/);
});

test('consolePlan() puts the console onto 0, 1 and 2 without taking it as a controlling terminal', () => {
  assert.deepEqual(planLines(consolePlan()), [
    'openPath slot 0 /dev/console O_RDWR|O_NOCTTY 00',
    'duplicateSlot slot 0 0',
    'duplicateSlot slot 0 1',
    'duplicateSlot slot 0 2',
  ]);
});
