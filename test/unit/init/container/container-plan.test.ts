import assert from 'node:assert/strict';
import { test } from 'node:test';
import { capabilities } from '../../../../addon/constants.ts';
import { containerPlan, type ContainerPlanInput } from '../../../../init/container/container-plan.ts';
import { toRuntimeConfig } from '../../../../init/container/convert.ts';
import type { RuntimeConfig } from '../../../../init/container/runtime-config.ts';
import { parseLaunchConfig } from '../../../../protocol/launch-config.ts';
import { assertGolden } from '../../../support/golden.ts';
import { planLines, planLinesWithTolerance } from '../../../support/plan-text.ts';

const baseConfig = (uid = 1000): RuntimeConfig =>
  toRuntimeConfig({
    image: {
      config: {
        Entrypoint: ['serve'],
        Cmd: ['--port', '80'],
        Env: ['PATH=/usr/bin:/bin'],
        WorkingDir: '/srv',
      },
    },
    launch: parseLaunchConfig({ version: 1, root: { format: 'squashfs' } }),
    user: { uid, gid: 100, additionalGids: [50, 6], home: '/srv' },
    hostname: 'web',
    terminals: '/run/firstborn/pts/main',
    kernelModules: { source: '/addons/modules', release: '6.1.0' },
  });

const input = (changes: Partial<ContainerPlanInput> = {}): ContainerPlanInput => ({
  config: baseConfig(),
  rootPath: '/newroot',
  hiddenMounts: ['/config', '/dev'],
  stdio: {
    kind: 'descriptors',
    ends: [
      { fd: 20, isPipe: false },
      { fd: 21, isPipe: true },
      { fd: 22, isPipe: true },
    ],
  },
  identity: { hostname: 'web\n', hosts: '127.0.0.1\tlocalhost\n', resolvConf: 'nameserver 10.0.2.3\n' },
  lastCapability: capabilities.CAP_CHECKPOINT_RESTORE,
  ...changes,
});

const lines = (changes: Partial<ContainerPlanInput> = {}): string[] =>
  planLines(containerPlan(input(changes)));
const withProcess = (changes: Partial<RuntimeConfig['process']>): Partial<ContainerPlanInput> => {
  const config = baseConfig();
  return { config: { ...config, process: { ...config.process, ...changes } } };
};
const dropped = (lastCapability: number): string[] =>
  lines({ lastCapability }).filter((line) => line.startsWith('dropBoundingCapability'));

/** The place of the first line that begins so. */
const place = (all: string[], start: string): number => {
  const index = all.findIndex((line) => line.startsWith(start));
  assert.notEqual(index, -1, `no operation begins with "${start}"`);
  return index;
};

test('containerPlan() of a common container is the golden plan', () => {
  assertGolden('container-plan.txt', `${planLinesWithTolerance(containerPlan(input())).join('\n')}\n`);
});

test('containerPlan() opens bind sources before it leaves the root that has them', () => {
  const all = lines();
  assert.ok(place(all, 'openTree slot 1 /addons/modules') < place(all, 'changeRoot'));
  assert.ok(place(all, 'changeRoot') < place(all, 'moveMount slot 1 /lib/modules/6.1.0'));
});

test('containerPlan() makes its mounts private before it changes any', () => {
  const all = lines();
  assert.ok(place(all, 'mount none / "" MS_REC|MS_PRIVATE') < place(all, 'openTree'));
  assert.ok(place(all, 'mount none / "" MS_REC|MS_PRIVATE') < place(all, 'unmount'));
});

test('containerPlan() drops privileges after everything that needs them and right before the command', () => {
  const all = lines();
  const order = ['dropBoundingCapability', 'setKeepCapabilities 1', 'setGroups', 'setGroupId', 'setUserId'];
  const last = ['setKeepCapabilities 0', 'setCapabilities', 'clearAmbient', 'checkWorkingDirectory'];
  const places = [...order, ...last].map((start) => place(all, start));
  assert.deepEqual(
    places,
    places.toSorted((a, b) => a - b),
  );
  assert.ok(all.findLastIndex((line) => line.startsWith('mount ')) < (places[0] ?? 0));
  assert.equal(place(all, 'execute'), all.length - 1);
});

test('containerPlan() gives up what init has open before it comes to any path of the image', () => {
  const all = lines();
  assert.equal(all[5], 'closeFds 3');
  assert.ok(all.slice(0, 5).every((line) => /^(duplicateFd|changeOwnerOfFd) /.test(line)));
});

test('containerPlan() gives pipes to the user of the container and leaves /dev/null alone', () => {
  const all = lines();
  assert.deepEqual(all.slice(0, 5), [
    'duplicateFd 20 0',
    'duplicateFd 21 1',
    'changeOwnerOfFd 1 1000 100',
    'duplicateFd 22 2',
    'changeOwnerOfFd 2 1000 100',
  ]);
});

test('containerPlan() gives a terminal to the user by the path that it has in the container', () => {
  const all = lines({ stdio: { kind: 'terminal', fd: 40, path: '/dev/pts/0' } });
  const at = place(all, 'openPath slot 127 /dev/pts/0 O_RDWR|O_NOCTTY');
  assert.ok(place(all, 'moveMount slot 0 /dev/pts') < at);
  assert.deepEqual(all.slice(at + 1, at + 7), [
    'duplicateSlot slot 127 0',
    'duplicateSlot slot 127 1',
    'duplicateSlot slot 127 2',
    'changeOwnerOfFd 0 1000 5',
    'writeFile /dev/console 1 0600 ""',
    'mount /dev/pts/0 /dev/console "" MS_BIND ""',
  ]);
  assert.equal(all[place(all, 'newSession') + 1], 'setControllingTerminal 0');
  assert.equal(
    all.some((line) => line.startsWith('duplicateFd')),
    false,
    "init's own descriptor stays outside",
  );
});

test('containerPlan() leaves files of the image alone that nobody has set', () => {
  const all = lines({ identity: { hostname: undefined, hosts: 'x\n', resolvConf: undefined } });
  assert.equal(
    all.some((line) => line.includes('/etc/hostname')),
    false,
  );
  assert.equal(
    all.some((line) => line.includes('/etc/resolv.conf')),
    false,
  );
  assert.equal(
    all.some((line) => line.startsWith('writeFile /etc/hosts')),
    true,
  );
});

test('containerPlan() drops each capability that the kernel has and the container must not have', () => {
  assert.equal(dropped(40).length, 41 - 13);
  assert.deepEqual(dropped(2), ['dropBoundingCapability CAP_DAC_READ_SEARCH']);
  assert.equal(dropped(63).at(-1), 'dropBoundingCapability 63');
});

test('containerPlan() raises ambient capabilities after the sets that allow them', () => {
  const sets = baseConfig().process.capabilities;
  const all = lines(withProcess({ capabilities: { ...sets, ambient: ['CAP_NET_BIND_SERVICE'] } }));
  assert.ok(
    place(all, 'clearAmbientCapabilities') < place(all, 'raiseAmbientCapability CAP_NET_BIND_SERVICE'),
  );
});

test('containerPlan() forbids new privileges only when asked to', () => {
  assert.equal(lines().includes('setNoNewPrivileges'), false);
  assert.equal(lines(withProcess({ noNewPrivileges: true })).includes('setNoNewPrivileges'), true);
});

test('containerPlan() looks for a command along the PATH of its environment', () => {
  assert.match(lines().at(-1) ?? '', /^execute \/usr\/bin\/serve \/bin\/serve serve --port 80 /);
  assert.match(lines(withProcess({ args: ['/bin/x'] })).at(-1) ?? '', /^execute \/bin\/x \/bin\/x /);
  assert.match(lines(withProcess({ env: [] })).at(-1) ?? '', /^execute \.\/serve serve /);
});

test('containerPlan() refuses more bind sources than a plan has room for', () => {
  const config = baseConfig();
  const bind = { destination: '/x', type: 'none', source: '/y', options: ['bind'] };
  assert.throws(() => lines({ config: { ...config, mounts: Array.from({ length: 128 }, () => bind) } }), {
    name: 'RangeError',
    message: 'Cannot bind 128 sources, at most 127',
  });
});

test('containerPlan() writes files of the identity before a mount could lie over them', () => {
  const config = baseConfig();
  const volume = {
    destination: '/etc',
    type: 'none',
    source: '/v',
    options: ['bind', 'nosuid', 'nodev', 'ro'],
  };
  const all = lines({ config: { ...config, mounts: [...config.mounts, volume] } });
  assert.ok(place(all, 'writeFile /etc/hosts') < place(all, 'moveMount'));
  const at = all.findIndex((line) => /^moveMount slot \d+ \/etc$/.test(line));
  assert.equal(all[at + 1], 'mount none /etc "" MS_RDONLY|MS_NOSUID|MS_NODEV|MS_REMOUNT|MS_BIND ""');
});
