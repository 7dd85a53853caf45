import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ContainerConfig } from '../../../protocol/container-config.ts';
import { parseWith } from '../../../protocol/parse.ts';

const read = (value: unknown): ContainerConfig => parseWith(ContainerConfig, value, 'container');

test('ContainerConfig needs nothing at all', () => {
  assert.deepEqual(read({}), {});
});

test('ContainerConfig accepts values at their limits', () => {
  for (const value of [
    { seccomp: 'default' },
    { seccomp: 'unconfined' },
    { seccomp: { file: 'a'.repeat(64) } },
    { rlimits: [{ type: 'RLIMIT_CORE', soft: -1, hard: -1 }] },
    { rlimits: [{ type: 'RLIMIT_CORE', soft: 0, hard: 0 }] },
    { sysctl: { 'net/ipv4/conf/eth0.1/forwarding': '1', 'net.ipv4.ip_forward': '' } },
    { devices: [{ path: '/dev/fuse', access: 'mwr' }] },
    { oomScoreAdj: 1000, umask: 0o777 },
  ]) {
    assert.deepEqual(read(value), value);
  }
});

const refusals: [value: unknown, message: string | RegExp][] = [
  [{ privileged: 1 }, 'privileged: Invalid input: expected boolean, received number'],
  [{ capAdd: ['NET_ADMIN'] }, 'capAdd[0]: expected "ALL" or a capability such as "CAP_CHOWN"'],
  [{ capDrop: ['all'] }, 'capDrop[0]: expected "ALL" or a capability such as "CAP_CHOWN"'],
  [{ capDrop: 'ALL' }, 'capDrop: Invalid input: expected array, received string'],
  [{ seccomp: 'strict' }, 'seccomp: expected "default", "unconfined" or a file'],
  [{ seccomp: { file: '../x' } }, 'seccomp.file: expected the name of a file'],
  [{ seccomp: { file: '.x' } }, 'seccomp.file: expected the name of a file'],
  [{ rlimits: [{ type: 'nofile', soft: 1, hard: 1 }] }, /^rlimits\[0\]\.type: Invalid option/],
  [
    { rlimits: [{ type: 'RLIMIT_NPROC', soft: 2, hard: 1 }] },
    'rlimits[0].soft: expected a soft limit within the hard one',
  ],
  [
    { rlimits: [{ type: 'RLIMIT_NPROC', soft: -1, hard: 1 }] },
    'rlimits[0].soft: expected a soft limit within the hard one',
  ],
  [
    { rlimits: [{ type: 'RLIMIT_NPROC', soft: -2, hard: 1 }] },
    'rlimits[0].soft: Too small: expected number to be >=-1',
  ],
  [{ sysctl: { 'net..x': '1' } }, 'sysctl.net..x: expected a name below /proc/sys'],
  [{ sysctl: { '../x': '1' } }, 'sysctl.../x: expected a name below /proc/sys'],
  [{ sysctl: { hostname: 'x' } }, 'sysctl.hostname: expected a name below /proc/sys'],
  [{ sysctl: { 'kernel.x': '1\0' } }, 'sysctl.kernel.x: must not contain a NUL byte'],
  [{ devices: [{ path: 'dev/fuse' }] }, 'devices[0].path: Invalid string: must start with "/"'],
  [
    { devices: [{ path: '/dev/x', access: 'rr' }] },
    'devices[0].access: expected some of "r", "w" and "m", each once',
  ],
  [
    { devices: [{ path: '/dev/x', access: '' }] },
    'devices[0].access: expected some of "r", "w" and "m", each once',
  ],
  [{ shmSizeBytes: 4095 }, 'shmSizeBytes: Too small: expected number to be >=4096'],
  [{ userns: 'auto' }, 'userns: Invalid option: expected one of "host"|"private"'],
  [{ domainname: '' }, 'domainname: Too small: expected string to have >=1 characters'],
  [{ annotations: { '': 'x' } }, 'annotations.: Too small: expected string to have >=1 characters'],
  [{ oomScoreAdj: -1001 }, 'oomScoreAdj: Too small: expected number to be >=-1000'],
  [{ umask: 0o1000 }, 'umask: Too big: expected number to be <=511'],
  [{ privilege: true }, 'privilege: unknown key'],
];
for (const [value, message] of refusals) {
  test(`ContainerConfig refuses ${JSON.stringify(value).slice(0, 70)}`, () => {
    assert.throws(
      () => read(value),
      (error: Error) => {
        const [, reason = ''] = /^Cannot accept container: (.*)$/.exec(error.message) ?? [];
        if (typeof message === 'string') assert.equal(reason, message);
        else assert.match(reason, message);
        return true;
      },
    );
  });
}
