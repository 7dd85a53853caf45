import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultCapabilities } from '../../../../../protocol/oci/convert/capabilities.ts';
import {
  defaultMaskedPaths,
  defaultReadonlyPaths,
} from '../../../../../protocol/oci/convert/default-paths.ts';
import { refuseImpossible } from '../../../../../protocol/oci/impossible.ts';
import { parseRuntimeSpecText } from '../../../../../protocol/oci/runtime-spec-schema.ts';
import { formatExactJson } from '../../../../../protocol/oci/exact-json.ts';
import { convert, convertContainer, launchWith } from './conversion-input.ts';

test('toRuntimeSpec() puts the process together', () => {
  const { process, hostname, root, ociVersion } = convert({
    user: { uid: 0, gid: 5, additionalGids: [6], home: '/root' },
  });
  assert.deepEqual([hostname, root, ociVersion], ['web', { path: 'rootfs', readonly: false }, '1.2.0']);
  assert.deepEqual(process.args, ['run']);
  assert.deepEqual(process.env?.slice(0, 3), ['A=1', 'B=2', 'container=firstborn']);
  assert.equal(process.cwd, '/srv');
  assert.deepEqual(process.user, { uid: 0, gid: 5, additionalGids: [6], umask: 0o022 });
  assert.deepEqual([process.noNewPrivileges, process.oomScoreAdj, process.terminal], [false, 0, false]);
  assert.deepEqual(process.rlimits, [{ type: 'RLIMIT_NOFILE', soft: 1024, hard: 524_288 }]);
});

test('toRuntimeSpec() starts in the working directory of launch config, image, or root', () => {
  const launch = launchWith({ process: { workingDir: '/launch' } });
  assert.equal(convert({ launch }).process.cwd, '/launch');
  assert.equal(convert({ image: { config: { WorkingDir: '' } } }).process.cwd, '/');
  assert.equal(convert({ image: { config: { WorkingDir: null } } }).process.cwd, '/');
  assert.equal(convert({ image: {} }).process.cwd, '/');
});

test('toRuntimeSpec() says what a terminal is only where there is one', () => {
  const { process } = convert({ launch: launchWith({ process: { terminal: { rows: 24, columns: 80 } } }) });
  assert.deepEqual([process.terminal, process.consoleSize], [true, { height: 24, width: 80 }]);
  assert.ok(process.env?.includes('TERM=xterm'));
  assert.equal(convert().process.env?.includes('TERM=xterm'), false);
  assert.equal(convert().process.consoleSize, undefined);
});

test('toRuntimeSpec() isolates the container but for the network', () => {
  assert.deepEqual(
    convert().linux.namespaces?.map(({ type }) => type),
    ['mount', 'pid', 'ipc', 'uts', 'cgroup'],
  );
  assert.equal(convert().linux.uidMappings, undefined);
});

test('toRuntimeSpec() covers what tells about the kernel', () => {
  const { maskedPaths, readonlyPaths, seccomp } = convert().linux;
  assert.deepEqual([maskedPaths, readonlyPaths], [defaultMaskedPaths, defaultReadonlyPaths]);
  assert.equal(seccomp, undefined);
});

test('toRuntimeSpec() takes the filter that it is given', () => {
  const seccomp = { defaultAction: 'SCMP_ACT_ALLOW' } as const;
  assert.deepEqual(convert({ seccomp }).linux.seccomp, seccomp);
});

type Spec = ReturnType<typeof convert>;
const options: [container: object, what: string, shown: (spec: Spec) => unknown, expected: unknown][] = [
  [{ readonlyRoot: true }, 'the root', ({ root }) => root?.readonly, true],
  [{ noNewPrivileges: true }, 'the process', ({ process }) => process.noNewPrivileges, true],
  [{ oomScoreAdj: 500 }, 'the process', ({ process }) => process.oomScoreAdj, 500],
  [{ umask: 0o077 }, 'the user', ({ process }) => process.user.umask, 0o077],
  [{ domainname: 'lan' }, 'the spec', ({ domainname }) => domainname, 'lan'],
  [{ sysctl: { 'net.core.x': '1' } }, 'sysctls', ({ linux }) => linux.sysctl, { 'net.core.x': '1' }],
  [{ annotations: { a: 'b' } }, 'annotations', ({ annotations }) => annotations, { a: 'b' }],
  [{ init: true }, 'argv', ({ process }) => process.args, ['/sbin/firstborn-init', 'run']],
  [{ capDrop: ['ALL'] }, 'all sets', ({ process }) => process.capabilities?.bounding, []],
  [
    { rlimits: [{ type: 'RLIMIT_NOFILE', soft: 1, hard: 2 }] },
    'the limit of that type',
    ({ process }) => process.rlimits,
    [{ type: 'RLIMIT_NOFILE', soft: 1, hard: 2 }],
  ],
  [
    { rlimits: [{ type: 'RLIMIT_CORE', soft: 0, hard: 0 }] },
    'limits beside the default one',
    ({ process }) => process.rlimits?.map(({ type }) => type),
    ['RLIMIT_NOFILE', 'RLIMIT_CORE'],
  ],
  [
    { userns: 'private' },
    'namespaces',
    ({ linux }) => [linux.namespaces?.[0]?.type, linux.uidMappings, linux.gidMappings?.length],
    ['user', [{ containerID: 0, hostID: 0, size: 2 ** 32 - 1 }], 1],
  ],
  [{ userns: 'host' }, 'no namespace', ({ linux }) => linux.namespaces?.length, 5],
];
for (const [container, what, shown, expected] of options) {
  test(`toRuntimeSpec() shows ${JSON.stringify(container)} in ${what}`, () => {
    assert.deepEqual(shown(convertContainer(container)), expected);
  });
}

test('toRuntimeSpec() keeps nothing from a privileged container', () => {
  const { process, linux, mounts = [] } = convertContainer({ privileged: true });
  assert.equal(process.capabilities?.effective?.length, 41);
  assert.deepEqual([linux.maskedPaths, linux.readonlyPaths, linux.seccomp], [[], [], undefined]);
  assert.deepEqual(linux.resources?.devices, [{ allow: true, access: 'rwm' }]);
  const optionsAt = (path: string): string[] =>
    mounts.find(({ destination }) => destination === path)?.options ?? [];
  assert.deepEqual(optionsAt('/sys'), ['rw', 'nosuid', 'nodev', 'noexec']);
  assert.ok(optionsAt('/sys/fs/cgroup').includes('rw'));
});

test('toRuntimeSpec() gives other users no capabilities but what setuid programs may gain', () => {
  const { capabilities } = convert({ user: { uid: 1000, gid: 0, additionalGids: [], home: '/' } }).process;
  assert.deepEqual(capabilities, {
    bounding: defaultCapabilities,
    effective: [],
    permitted: [],
    inheritable: [],
    ambient: [],
  });
});

test('toRuntimeSpec() makes nothing that the engine would refuse', () => {
  for (const container of [
    {},
    { privileged: true },
    { userns: 'private', init: true, readonlyRoot: true, domainname: 'lan', capDrop: ['ALL'] },
    { sysctl: { 'kernel.shmmax': '1' }, devices: [{ path: '/dev' }], annotations: { a: '' } },
  ]) {
    const text = formatExactJson(convertContainer(container));
    const spec = parseRuntimeSpecText(text, 'the conversion');
    assert.deepEqual(refuseImpossible(spec), []);
    assert.deepEqual(JSON.parse(JSON.stringify(spec)), JSON.parse(text));
  }
});
