import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { containerSpecs } from '../../../../host/cli/container-specs.ts';
import { readContainerSettings } from '../../../../host/cli/container-options.ts';
import { readCommandWords } from '../../../../host/cli/option-parser.ts';
import type { ContainerSettings } from '../../../../host/launch/container-settings.ts';

const read = (...words: string[]): ContainerSettings =>
  readContainerSettings(readCommandWords(words, containerSpecs, { stopAtOperand: false }).options);

describe('readContainerSettings()', () => {
  for (const [line, settings] of [
    ['', {}],
    ['--privileged', { privileged: true }],
    ['--read-only --init', { readonlyRoot: true, init: true }],
    ['--cap-add net_admin --cap-add CAP_SYS_TIME', { capAdd: ['CAP_NET_ADMIN', 'CAP_SYS_TIME'] }],
    ['--cap-add all --cap-drop=CHOWN', { capAdd: ['ALL'], capDrop: ['CAP_CHOWN'] }],
    ['--cap-drop ALL --cap-drop all', { capDrop: ['ALL'] }],
    ['--security-opt seccomp=unconfined', { seccomp: 'unconfined' }],
    ['--security-opt seccomp:unconfined', { seccomp: 'unconfined' }],
    ['--security-opt seccomp=builtin', { seccomp: 'default' }],
    ['--security-opt seccomp=./a=b.json', { seccomp: { profilePath: './a=b.json' } }],
    ['--security-opt seccomp=x --security-opt seccomp=unconfined', { seccomp: 'unconfined' }],
    ['--security-opt no-new-privileges', { noNewPrivileges: true }],
    ['--security-opt no-new-privileges:true', { noNewPrivileges: true }],
    ['--security-opt no-new-privileges=false', { noNewPrivileges: false }],
    ['--security-opt apparmor=unconfined --security-opt label=disable', {}],
    ['--ulimit nofile=1024', { rlimits: [{ type: 'RLIMIT_NOFILE', soft: 1024, hard: 1024 }] }],
    ['--ulimit core=0:-1', { rlimits: [{ type: 'RLIMIT_CORE', soft: 0, hard: -1 }] }],
    ['--ulimit stack=unlimited', { rlimits: [{ type: 'RLIMIT_STACK', soft: -1, hard: -1 }] }],
    [
      '--sysctl net.ipv4.ip_forward=1 --sysctl kernel.x=a=b',
      { sysctl: { 'net.ipv4.ip_forward': '1', 'kernel.x': 'a=b' } },
    ],
    ['--device /dev/fuse', { devices: [{ path: '/dev/fuse' }] }],
    ['--device /dev/fuse:r', { devices: [{ path: '/dev/fuse', access: 'r' }] }],
    ['--device /dev/fuse:/dev/x', { devices: [{ path: '/dev/fuse', destination: '/dev/x' }] }],
    [
      '--device /dev/fuse:/dev/x:mrw',
      { devices: [{ path: '/dev/fuse', destination: '/dev/x', access: 'mrw' }] },
    ],
    ['--group-add wheel --group-add 5', { groupAdd: ['wheel', '5'] }],
    ['--umask 077', { umask: 0o077 }],
    ['--umask 0027', { umask: 0o027 }],
    ['--userns private', { userns: 'private' }],
    ['--shm-size 1m', { shmSizeBytes: 1024 * 1024 }],
    ['--domainname example.org', { domainname: 'example.org' }],
    ['--annotation a=b --annotation c', { annotations: { a: 'b', c: '' } }],
    ['--oom-score-adj -1000', { oomScoreAdj: -1000 }],
  ] as [string, ContainerSettings][]) {
    it(`reads "${line}"`, () =>
      assert.deepEqual(read(...line.split(' ').filter((word) => word !== '')), settings));
  }

  const securityForms = 'seccomp=…, no-new-privileges[=BOOL] or apparmor=unconfined';
  for (const [option, text, expected] of [
    ['cap-add', 'NET', 'a capability such as NET_ADMIN, or ALL'],
    ['cap-drop', '', 'a capability such as NET_ADMIN, or ALL'],
    ['security-opt', 'apparmor=docker-default', 'apparmor=unconfined, guests have none'],
    ['security-opt', 'label=type:x', 'label=disable, guests have no SELinux'],
    ['security-opt', 'seccomp', 'seccomp=unconfined, seccomp=builtin or seccomp=FILE'],
    ['security-opt', 'seccomp=', 'seccomp=unconfined, seccomp=builtin or seccomp=FILE'],
    ['security-opt', 'no-new-privileges=maybe', 'no-new-privileges=true or =false'],
    ['security-opt', 'systempaths=unconfined', securityForms],
    ['security-opt', 'x', securityForms],
    ['ulimit', 'nofile', /^TYPE=SOFT\[:HARD\] with one of as, core, cpu, /],
    ['ulimit', 'files=1', /^TYPE=SOFT\[:HARD\] with one of /],
    ['ulimit', 'nofile=1:2:3', /^TYPE=SOFT\[:HARD\] with one of /],
    ['ulimit', 'nofile=many', 'whole numbers, or -1 for no limit'],
    ['ulimit', 'nofile=1k', 'whole numbers, or -1 for no limit'],
    ['ulimit', 'nofile=2:1', 'a soft limit within the hard one'],
    ['ulimit', 'nofile=-1:1', 'a soft limit within the hard one'],
    ['sysctl', 'net.core.x', 'NAME=VALUE, such as net.core.somaxconn=1024'],
    ['sysctl', '../x=1', 'NAME=VALUE, such as net.core.somaxconn=1024'],
    ['sysctl', '=1', 'NAME=VALUE'],
    ['device', 'fuse', 'PATH[:PATH][:rwm] with absolute paths'],
    ['device', '/dev/fuse:x', 'PATH[:PATH][:rwm] with absolute paths'],
    ['device', '/dev/fuse:rr', 'PATH[:PATH][:rwm] with absolute paths'],
    ['device', '/dev/a:/dev/b:/dev/c', 'PATH[:PATH][:rwm] with absolute paths'],
    ['group-add', '', 'a group'],
    ['group-add', 'a:b', 'a group'],
    ['umask', '8', 'permission bits such as 0027'],
    ['umask', '01000', 'permission bits such as 0027'],
    ['userns', 'keep-id', 'host, private'],
    ['shm-size', '0', 'a size such as 64m'],
    ['shm-size', 'much', 'a size such as 64m'],
    ['domainname', 'a b', '1 to 64 visible characters'],
    ['annotation', '=b', 'NAME=VALUE'],
    ['oom-score-adj', '1001', 'a whole number from -1000 to 1000'],
    ['oom-score-adj', '1.5', 'a whole number from -1000 to 1000'],
  ] as [string, string, string | RegExp][]) {
    it(`refuses --${option} "${text}"`, () => {
      assert.throws(
        () => read(`--${option}`, text),
        (error: Error & { code: string }) => {
          const start = `Cannot take "${text}" for --${option}: expected `;
          assert.deepEqual([error.code, error.message.slice(0, start.length)], ['usage', start]);
          const told = error.message.slice(start.length);
          if (typeof expected === 'string') assert.equal(told, expected);
          else assert.match(told, expected);
          return true;
        },
      );
    });
  }

  it('refuses to add and to drop the same', () => {
    assert.throws(() => read('--cap-add', 'KILL', '--cap-drop', 'cap_kill'), {
      code: 'usage',
      message: 'Cannot both add and drop "CAP_KILL"',
    });
  });
});
