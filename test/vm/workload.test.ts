import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { scratchDirectory } from '../support/disks.ts';
import { busybox, busyboxLayout } from '../support/test-images.ts';
import { expectExit, machinesLeft, runFirstborn } from '../support/run-firstborn.ts';

/** Runs a shell script in the busybox image and gives its output's lines. */
async function shell(script: string, options: string[] = [], image = busybox): Promise<string[]> {
  const result = await runFirstborn([...options, image, 'sh', '-c', script]);
  expectExit(result, 0);
  return result.stdout.toString().trimEnd().split('\n');
}

test('a workload is process 1 of namespaces of its own and sees nothing of init', async () => {
  const lines = await shell(
    [
      'echo pid $$',
      'echo processes $(ls -d /proc/[0-9]* | wc -l)',
      'echo root $(ls / | tr "\\n" " ")',
      'echo dev $(ls /dev | tr "\\n" " ")',
      'for path in /config /image /overlay /init /lib/firstborn /bin/node; do test -e $path && echo leak $path; done',
      'ls /dev/vport* /dev/vd* /dev/hvc* 2>/dev/null && echo leak device',
      'mknod /dev/disk b 254 0 && echo made a node',
      'head -c 1 /dev/disk >/dev/null 2>&1 && echo leak disk',
      'mknod /dev/log c 1 11 && head -c 1 /dev/log >/dev/null 2>&1 && echo leak kernel log',
      'mount -t tmpfs none /srv 2>/dev/null && echo leak mount',
      'umount / 2>/dev/null && echo leak umount',
      'echo cgroup $(cat /proc/self/cgroup)',
      'echo hostname $(hostname) $(cat /etc/hostname)',
      'echo mtab $(readlink /etc/mtab)',
      'echo hosts $(grep 127.0.1.1 /etc/hosts)',
      'echo resolver $(cat /etc/resolv.conf)',
      'echo root-type $(awk \'$2 == "/" { print $3 }\' /proc/mounts)',
      'echo written > /etc/written && echo write $(cat /etc/written)',
      'echo fds $(ls /proc/self/fd | wc -l)',
      'echo oom $(cat /proc/self/oom_score_adj)',
      'echo sysctl $(echo 1 2>/dev/null > /proc/sys/kernel/panic || echo read-only)',
    ].join('\n'),
    ['--hostname', 'box.example', '--dns', '10.9.8.7'],
  );
  assert.deepEqual(
    lines.filter((line) => !line.startsWith('processes')),
    [
      'pid 1',
      'root bin dev etc home proc root srv sys',
      'dev fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero',
      'made a node',
      'cgroup 0::/',
      'hostname box.example box.example',
      'mtab ../proc/self/mounts',
      'hosts 127.0.1.1 box.example box',
      'resolver nameserver 10.9.8.7',
      'root-type overlay',
      'write written',
      'fds 4', // 0, 1, 2 and the directory that ls itself has open
      'oom 0',
      'sysctl read-only',
    ],
  );
});

test('a process starts with the signals, limits and capabilities of a fresh one', async () => {
  const lines = await shell(
    'grep -E "^(SigBlk|SigIgn|CapInh|CapPrm|CapEff|CapBnd|CapAmb|NoNewPrivs|Seccomp)" /proc/self/status | tr -d "\\t"; ' +
      'ulimit -Sn; ulimit -Hn; umask; yes | head -n 1; echo after the pipe',
  );
  const dockerDefault = '00000000a80425fb';
  assert.deepEqual(lines, [
    'SigBlk:0000000000000000',
    'SigIgn:0000000000000000',
    'CapInh:0000000000000000',
    `CapPrm:${dockerDefault}`,
    `CapEff:${dockerDefault}`,
    `CapBnd:${dockerDefault}`,
    'CapAmb:0000000000000000',
    'NoNewPrivs:0',
    'Seccomp:2',
    'Seccomp_filters:1',
    '1024',
    '524288',
    '0022',
    'y',
    'after the pipe',
  ]);
});

test("the environment is the image's under the launch options', with defaults only where nothing is", async () => {
  const options = [
    '-e',
    'OVERRIDDEN=launch',
    '-e',
    'ADDED=a=b c',
    '-e',
    'container=nobody',
    '--hostname',
    'box',
  ];
  const result = await runFirstborn([...options, busybox, 'env']);
  expectExit(result, 0);
  assert.deepEqual(result.stdout.toString().trimEnd().split('\n'), [
    'PATH=/bin',
    'FROM_IMAGE=image',
    'OVERRIDDEN=launch',
    'ADDED=a=b c',
    'container=firstborn',
    'HOSTNAME=box',
    'HOME=/root',
  ]);
});

test('a user by name gets its group, supplementary groups and home', async () => {
  assert.deepEqual(
    await shell('id -u; id -g; id -G; echo $HOME; cat /proc/self/status | grep CapEff', ['-u', 'app']),
    ['1000', '1001', '1001 10 2000', '/home/app', 'CapEff:\t0000000000000000'],
  );
});

test('a user by number need not exist, and an explicit group stands alone', async () => {
  assert.deepEqual(await shell('id -u; id -g; id -G; echo $HOME', ['-u', '4321:extra']), [
    '4321',
    '2000',
    '2000',
    '/',
  ]);
});

test('an unknown user is refused by name', async () => {
  const result = await runFirstborn(['-u', 'nosuch', busybox, 'true']);
  expectExit(result, 125);
  assert.match(result.stderr, /Cannot find the user "nosuch" in the image's \/etc\/passwd/);
});

test('a missing working directory is made', async () => {
  assert.deepEqual(await shell('pwd; stat -c %a /made/on', [], `${busyboxLayout}:work-dir`), [
    '/made/on/start',
    '755',
  ]);
});

test('another user can open its stdout by name', async () => {
  assert.deepEqual(await shell('echo through the name > /dev/stdout', ['-u', '1000']), ['through the name']);
});

for (const [code, words] of [
  [0, ['true']],
  [126, ['/srv/not-executable']],
  [127, ['no-such-command']],
  [143, ['sh', '-c', "sh -c 'kill -TERM $$'; exit $?"]],
] as const) {
  test(`"${words.join(' ')}" exits with ${code}`, async () => {
    const result = await runFirstborn([busybox, ...words]);
    expectExit(result, code);
    assert.equal(result.stdout.toString(), '');
    if (code === 126 || code === 127) assert.match(result.stderr, /Cannot execute/);
  });
}

test('an EROFS root works as squashfs does', async () => {
  assert.deepEqual(await shell('id -u; readlink /bin/sh', ['--format', 'erofs']), ['0', 'busybox']);
});

test('a device node in the image is no way to the disks', async () => {
  using scratch = scratchDirectory();
  mkdirSync(join(scratch.path, 'bin'));
  copyFileSync('/bin/busybox', join(scratch.path, 'bin/busybox'));
  // The block major of virtio disks under Debian's kernel; minor 16 is the second, the config disk.
  execFileSync('mknod', [join(scratch.path, 'disk'), 'b', '254', '16']);
  const result = await runFirstborn([scratch.path, '/bin/busybox', 'head', '-c', '4', '/disk']);
  expectExit(result, 1);
  assert.equal(result.stdout.toString(), '');
  assert.match(result.stderr, /Permission denied|Operation not permitted/);
});

test('nothing is left behind by runs that have ended', () => {
  assert.deepEqual(machinesLeft(), []);
});
