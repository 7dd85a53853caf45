import assert from 'node:assert/strict';
import { test } from 'node:test';
import { containerPlan, type ContainerPlanInput } from '../../../../init/container/container-plan.ts';
import {
  assertOrder,
  containerPlanInput,
  containerPlanLines,
  placeOf,
} from '../../../support/container-plan-input.ts';
import { assertGolden } from '../../../support/golden.ts';
import { planLinesWithTolerance } from '../../../support/plan-text.ts';
import { bareLinux, bareSpec, imageSpec } from '../../../support/runnable-spec.ts';

const identity = {
  hostname: 'web\n',
  hosts: '127.0.0.1\tlocalhost\n',
  resolvConf: 'nameserver 10.0.2.3\n',
};
/** Stands for a filter, whose instructions are of no concern here. */
const seccomp = { program: new Uint8Array(8 * 100), flags: 0 };
const imagePlan = (changes: Partial<ContainerPlanInput> = {}): string[] =>
  containerPlanLines(imageSpec(), { identity, seccomp, ...changes });

test('containerPlan() of a plain image is the golden plan', () => {
  const plan = containerPlan(containerPlanInput(imageSpec(), { identity, seccomp }));
  assertGolden('container-plan.txt', `${planLinesWithTolerance(plan).join('\n')}\n`);
});

test('containerPlan() of a configuration that says nothing is the golden plan', () => {
  const plan = containerPlan(containerPlanInput(bareSpec(), { lastCapability: 0 }));
  assertGolden('bare-container-plan.txt', `${planLinesWithTolerance(plan).join('\n')}\n`);
});

test('containerPlan() gives up what init has open before it comes to any path of the image', () => {
  const all = imagePlan();
  assert.equal(all[5], 'closeFds 3');
  assert.deepEqual(all.slice(0, 5), [
    'duplicateFd 20 0',
    'duplicateFd 21 1',
    'changeOwnerOfFd 1 1000 100',
    'duplicateFd 22 2',
    'changeOwnerOfFd 2 1000 100',
  ]);
});

test('containerPlan() makes its mounts private before it changes any', () => {
  const all = imagePlan();
  const isolated = placeOf(all, 'mount none / "" MS_REC|MS_PRIVATE');
  assert.ok(isolated < placeOf(all, 'openTree'));
  assert.ok(isolated < placeOf(all, 'unmount'));
});

test('containerPlan() opens bind sources before it leaves the root that has them', () => {
  assertOrder(imagePlan(), [
    'openTree slot 1 /addons/modules',
    'changeRoot',
    'moveMount slot 1 /lib/modules/6.1.0',
  ]);
});

test('containerPlan() mounts first, then makes devices, then seals, then lets privileges go', () => {
  const spec = imageSpec({
    root: { path: 'rootfs', readonly: true },
    linux: { ...imageSpec().linux, rootfsPropagation: 'rslave' },
  });
  assertOrder(containerPlanLines(spec, { identity, seccomp }), [
    'changeRoot',
    'writeFile /etc/hosts',
    'mount proc /proc proc',
    'mount cgroup /sys/fs/cgroup',
    'makeNode /dev/null',
    'symlink pts/ptmx /dev/ptmx',
    'newSession',
    'setResourceLimit',
    'makeDirectories /srv',
    'mount /dev/null /proc/acpi',
    'mount /proc/bus /proc/bus',
    'setMountAttributes / 0 MOUNT_ATTR_RDONLY',
    'mount none / "" MS_REC|MS_SLAVE',
    'changeDirectory /srv',
    'dropBoundingCapability',
    'setSeccompFilter',
    'execute',
  ]);
});

test('containerPlan() gives a terminal to the user by the path that it has in the container', () => {
  const all = imagePlan({ stdio: { kind: 'terminal', fd: 40, path: '/dev/pts/0' } });
  const at = placeOf(all, 'openPath slot 127 /dev/pts/0 O_RDWR|O_NOCTTY');
  assert.ok(placeOf(all, 'moveMount slot 0 /dev/pts') < at);
  assert.deepEqual(all.slice(at + 1, at + 7), [
    'duplicateSlot slot 127 0',
    'duplicateSlot slot 127 1',
    'duplicateSlot slot 127 2',
    'changeOwnerOfFd 0 1000 4294967295',
    'writeFile /dev/console 1 0600 ""',
    'mount /dev/pts/0 /dev/console "" MS_BIND ""',
  ]);
  assert.equal(all[placeOf(all, 'newSession') + 1], 'setControllingTerminal 0');
  assert.equal(
    all.some((line) => line.startsWith('duplicateFd')),
    false,
    "init's own descriptor stays outside",
  );
});

test('containerPlan() leaves files of the image alone that nobody has set', () => {
  const all = imagePlan({ identity: { hostname: undefined, hosts: 'x\n', resolvConf: undefined } });
  const written = all.filter((line) => line.startsWith('writeFile /etc'));
  assert.deepEqual(written, ['writeFile /etc/hosts 3 0644 x']);
  assert.equal(
    imagePlan({ identity: undefined }).some((line) => line.includes(' /etc')),
    false,
    'a bundle brings its own',
  );
});

test('containerPlan() writes files of the identity before a mount could lie over them', () => {
  const spec = imageSpec();
  const volume = { destination: '/etc', type: 'none', source: '/v', options: ['bind', 'nosuid', 'ro'] };
  const all = containerPlanLines({ ...spec, mounts: [...(spec.mounts ?? []), volume] }, { identity });
  const at = all.findIndex((line) => /^moveMount slot \d+ \/etc$/.test(line));
  assert.ok(placeOf(all, 'writeFile /etc/hosts') < at);
  assert.equal(all[at + 1], 'mount none /etc "" MS_RDONLY|MS_NOSUID|MS_REMOUNT|MS_BIND ""');
});

test('containerPlan() refuses more bind sources than a plan has room for', () => {
  const bind = { destination: '/x', type: 'none', source: '/y', options: ['bind'] };
  const mounts = Array.from({ length: 121 }, () => bind);
  assert.throws(() => containerPlanLines(bareSpec({ mounts })), {
    code: 'config',
    message: 'Cannot bind 121 sources, at most 120',
  });
});

test('containerPlan() makes devices in a /dev that is to be read-only', () => {
  const mounts = [{ destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['ro', 'nosuid'] }];
  assertOrder(containerPlanLines(bareSpec({ mounts })), [
    'mount tmpfs /dev tmpfs MS_NOSUID',
    'makeNode /dev/null',
    'symlink pts/ptmx',
    'setMountAttributes /dev 0 MOUNT_ATTR_RDONLY',
  ]);
});

for (const destination of ['/dev', 'dev/']) {
  test(`containerPlan() makes nothing in a ${destination} that is bound`, () => {
    const mounts = [{ destination, type: 'bind', source: '/dev', options: ['rbind', 'ro'] }];
    const made = containerPlanLines(bareSpec({ mounts })).filter((line) =>
      /^(makeNode|symlink|remove) /.test(line),
    );
    assert.deepEqual(made, []);
  });
}

test('containerPlan() sets limits, priorities and the personality while it may', () => {
  const spec = bareLinux(
    { personality: { domain: 'LINUX32' } },
    {
      rlimits: [{ type: 'RLIMIT_CORE', soft: 0, hard: -1 }],
      scheduler: { policy: 'SCHED_BATCH' },
      ioPriority: { class: 'IOPRIO_CLASS_IDLE', priority: 0 },
    },
  );
  assertOrder(containerPlanLines(spec), [
    'newSession',
    'setResourceLimit RLIMIT_CORE 0 RLIM_INFINITY',
    'setScheduler SCHED_BATCH',
    'setIoPriority IOPRIO_CLASS_IDLE 0',
    'setPersonality 0x8',
    'dropBoundingCapability',
  ]);
});
