/** What the command line says of a container, as the container sees it. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { scratchDirectory } from '../support/disks.ts';
import { expectExit, runFirstborn } from '../support/run-firstborn.ts';
import { busybox, busyboxLayout } from '../support/test-images.ts';

async function linesOf(args: string[]): Promise<string[]> {
  const result = await runFirstborn(args);
  expectExit(result, 0);
  return result.stdout.toString().trimEnd().split('\n');
}

const status = (...names: string[]): string =>
  `grep -E "^(${names.join('|')}):" /proc/self/status | tr -d "\\t"`;

test('a container is kept in as tightly as the options say', async () => {
  const options = [
    ['--cap-drop', 'ALL', '--cap-add', 'CHOWN', '--security-opt', 'no-new-privileges', '--read-only'],
    ['--ulimit', 'nofile=100:200', '--sysctl', 'net.core.somaxconn=999', '--group-add', '44'],
    ['--pids-limit', '50', '--memory-limit', '64m', '--cpu-limit', '0.5', '--cpu-shares', '512'],
    ['--shm-size', '1m', '--umask', '077', '--oom-score-adj', '500', '--domainname', 'example.org', '--init'],
  ].flat();
  const script = [
    status('CapEff', 'CapBnd', 'NoNewPrivs', 'Seccomp', 'Groups'),
    'touch /file 2>&1',
    'ulimit -Sn; ulimit -Hn; umask',
    'cat /proc/sys/net/core/somaxconn /proc/sys/kernel/domainname /proc/self/oom_score_adj',
    'cd /sys/fs/cgroup; cat pids.max memory.max cpu.max cpu.weight',
    'df -k /dev/shm | awk "END { print \\$2 }"',
    'echo pid 1 is $(tr "\\0" " " < /proc/1/cmdline | head -n 1 | cut -d " " -f 1), this is not: $$',
  ].join('\n');
  assert.deepEqual(await linesOf([...options, busybox, 'sh', '-c', script]), [
    'Groups:44 ',
    'CapEff:0000000000000001',
    'CapBnd:0000000000000001',
    'NoNewPrivs:1',
    'Seccomp:2',
    'touch: /file: Read-only file system',
    '100',
    '200',
    '0077',
    '999',
    'example.org',
    '500',
    '50',
    String(64 * 1024 * 1024),
    '50000 100000',
    '20',
    '1024',
    'pid 1 is /sbin/firstborn-init, this is not: 2',
  ]);
});

test('a privileged container has the machine, and one with users of its own has itself alone', async () => {
  const script = [
    status('CapEff', 'Seccomp'),
    'head -c 4 /dev/vda >/dev/null && echo reads the disk',
    'mount -t tmpfs none /srv && echo mounts',
    'echo 5 > /proc/sys/vm/swappiness && echo sets the kernel',
  ].join('\n');
  assert.deepEqual(await linesOf(['--privileged', busybox, 'sh', '-c', script]), [
    'CapEff:000001ffffffffff',
    'Seccomp:0',
    'reads the disk',
    'mounts',
    'sets the kernel',
  ]);
  const inside = [
    'cat /proc/self/uid_map | tr -s " "',
    'mount -t tmpfs none /srv && echo mounts',
    'hostname other 2>/dev/null || echo the name stays',
    'mknod /dev/node c 1 3 2>/dev/null || echo no nodes',
    'touch /etc/mine && stat -c "%u %g" /etc/mine',
  ].join('\n');
  const options = ['--userns', 'private', '--cap-add', 'SYS_ADMIN'];
  assert.deepEqual(await linesOf([...options, busybox, 'sh', '-c', inside]), [
    ' 0 0 4294967295',
    'mounts',
    'the name stays',
    'no nodes',
    '0 0',
  ]);
});

test('a bundle runs as it is, with its own files, and a configuration in the place of the image’s', async () => {
  using scratch = scratchDirectory();
  const bundle = join(scratch.path, 'bundle');
  execFileSync('umoci', ['unpack', '--image', `${busyboxLayout}:base`, bundle], { stdio: 'ignore' });
  const config = join(bundle, 'config.json');
  execFileSync('sh', ['-c', 'rm -f config.json && runc spec'], { cwd: bundle });
  mkdirSync(join(bundle, 'data'));
  writeFileSync(join(bundle, 'data/file'), 'of the bundle\n');
  const spec = JSON.parse(execFileSync('cat', [config], { encoding: 'utf8' }));
  const bind = { destination: '/data', source: 'data', type: 'bind', options: ['bind', 'ro'] };
  const hook = {
    path: '/bin/sh',
    args: ['sh', '-c', 'cat > /hook && cat /run/firstborn/bundle/data/file >> /hook'],
  };
  Object.assign(spec, { hostname: 'bundled', mounts: [...spec.mounts, bind], hooks: { prestart: [hook] } });
  spec.root.readonly = false;
  spec.process.terminal = false;
  spec.process.args = [
    'sh',
    '-c',
    'hostname; cat /data/file; sed "s/.*status/status/; s/pid.*//" /hook; ls /etc',
  ];
  writeFileSync(config, JSON.stringify(spec));
  const etc = ['group', 'passwd'];
  const lines = await linesOf(['--bundle', bundle]);
  assert.deepEqual(lines.slice(0, 2), ['bundled', 'of the bundle']);
  assert.match(lines[2] ?? '', /^status":"creating"/);
  assert.ok(
    etc.every((name) => lines.includes(name)),
    String(lines),
  );
  assert.ok(!lines.includes('hosts'), String(lines));

  spec.process.args = ['sh', '-c', 'hostname; id -u'];
  delete spec.hooks;
  spec.mounts.pop();
  writeFileSync(config, JSON.stringify(spec));
  assert.deepEqual(await linesOf(['--config', config, busybox]), ['bundled', '0']);
});
