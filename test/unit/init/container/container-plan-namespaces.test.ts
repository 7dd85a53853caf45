import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SpecHooks, SpecNamespace } from '../../../../protocol/oci/runtime-spec.ts';
import { containerPlan } from '../../../../init/container/container-plan.ts';
import {
  assertOrder,
  containerPlanInput,
  containerPlanLines,
  placeOf,
} from '../../../support/container-plan-input.ts';
import { netlinkMessages } from '../../../support/plan-records.ts';
import { bareLinux, bareSpec } from '../../../support/runnable-spec.ts';

const mount: SpecNamespace = { type: 'mount' };
const has = (lines: readonly string[], start: string): boolean =>
  lines.some((line) => line.startsWith(start));

describe('containerPlan() with namespaces', () => {
  it('brings up the loopback of a network of its own', () => {
    const spec = bareLinux({ namespaces: [mount, { type: 'network' }] });
    assertOrder(containerPlanLines(spec), ['netlink', 'changeRoot']);
    const [message] = netlinkMessages(containerPlan(containerPlanInput(spec)));
    // struct ifinfomsg behind the header: the index, the flags IFF_UP and their mask.
    assert.deepEqual([message?.readInt32LE(20), message?.readUInt32LE(24)], [1, 1]);
  });

  it('leaves a network alone that is shared or joined', () => {
    assert.equal(has(containerPlanLines(bareSpec()), 'netlink'), false);
    const joined = bareLinux({ namespaces: [mount, { type: 'network', path: '/run/netns/a' }] });
    assert.equal(has(containerPlanLines(joined), 'netlink'), false);
  });

  it('joins the existing ones in their order, by paths of the guest', () => {
    const spec = bareLinux({
      namespaces: [mount, { type: 'uts', path: '/proc/1/ns/uts' }, { type: 'network', path: '/run/net' }],
    });
    const lines = containerPlanLines(spec);
    const at = placeOf(lines, 'openPath');
    assert.deepEqual(lines.slice(at, at + 4), [
      'openPath slot 127 /proc/1/ns/uts 0 00',
      'setNamespace slot 127 CLONE_NEWUTS',
      'openPath slot 127 /run/net 0 00',
      'setNamespace slot 127 CLONE_NEWNET',
    ]);
    assertOrder(lines, ['closeFds', 'openPath', 'openTree', 'changeRoot']);
  });

  it('roots a cgroup namespace at the cgroup in which the container is by then', () => {
    const spec = bareLinux({ namespaces: [mount, { type: 'cgroup' }] });
    assert.ok(has(containerPlanLines(spec), 'unshare CLONE_NEWCGROUP'));
    assert.equal(has(containerPlanLines(bareSpec()), 'unshare'), false);
  });

  it('sets the clocks of a time namespace before it enters it', () => {
    const spec = bareLinux({
      namespaces: [mount, { type: 'time' }],
      timeOffsets: { monotonic: { secs: 100, nanosecs: 5 }, boottime: { secs: -3 } },
    });
    const lines = containerPlanLines(spec);
    const at = placeOf(lines, 'unshare CLONE_NEWTIME');
    assert.deepEqual(lines.slice(at, at + 4), [
      'unshare CLONE_NEWTIME',
      'writeFile /proc/self/timens_offsets 0 0644 30 bytes',
      'openPath slot 127 /proc/self/ns/time_for_children 0 00',
      'setNamespace slot 127 CLONE_NEWTIME',
    ]);
  });

  it('enters a time namespace without offsets all the same', () => {
    const lines = containerPlanLines(bareLinux({ namespaces: [mount, { type: 'time' }] }));
    assertOrder(lines, ['unshare CLONE_NEWTIME', 'openPath', 'setNamespace']);
    assert.equal(has(lines, 'writeFile /proc/self/timens_offsets'), false);
  });

  it("sets names, kernel parameters and the OOM score by init's /proc, while that is still there", () => {
    const sysctl = { 'net.ipv4.ip_forward': '1', 'kernel/shm_rmid_forced': '1' };
    const spec = {
      ...bareLinux({ namespaces: [mount, { type: 'uts' }], sysctl }, { oomScoreAdj: -5 }),
      hostname: 'web',
      domainname: 'example',
    };
    const lines = containerPlanLines(spec);
    assertOrder(lines, [
      'setHostname web',
      'setDomainname example',
      'writeFile /proc/sys/net/ipv4/ip_forward 0 0644 1',
      'writeFile /proc/sys/kernel/shm_rmid_forced 0 0644 1',
      'writeFile /proc/self/oom_score_adj 0 0644 -5',
      'changeRoot',
    ]);
  });

  it("leaves names alone that nobody has set, but not init's own OOM score, which would spare the container", () => {
    const lines = containerPlanLines(bareSpec());
    for (const start of ['setHostname', 'setDomainname']) assert.equal(has(lines, start), false);
    const written = lines.filter((line) => line.startsWith('writeFile'));
    assert.deepEqual(written, ['writeFile /proc/self/oom_score_adj 0 0644 0']);
  });

  it('enters a user namespace as the last of all, when init has mapped its ids', () => {
    const map = [{ containerID: 0, hostID: 100_000, size: 1000 }];
    const spec = bareLinux({
      namespaces: [mount, { type: 'user' }],
      uidMappings: map,
      gidMappings: map,
      maskedPaths: ['/proc/kcore'],
    });
    const lines = containerPlanLines(spec);
    const at = placeOf(lines, 'unshare CLONE_NEWNS|CLONE_NEWUSER');
    assert.deepEqual(lines.slice(at - 1, at + 3), [
      'changeDirectory /',
      'unshare CLONE_NEWNS|CLONE_NEWUSER',
      'awaitParent 4',
      'checkWorkingDirectory',
    ]);
    assert.ok(
      lines.includes('changeOwnerOfFd 1 100000 100000'),
      'pipes are the user’s as the machine knows it',
    );
    assert.ok(lines.includes('setUserId 0'), 'and the user is the container’s from there on');
  });

  it('has a keyring for each container', () => {
    const lines = containerPlanLines(bareSpec(), { id: 'side-3' });
    assert.ok(has(lines, 'joinSessionKeyring _ses.side-3 '));
  });
});

const hook = { path: '/hook' };
const hookedLines = (hooks: SpecHooks): string[] => containerPlanLines(bareSpec({ hooks }));

describe('containerPlan() with hooks', () => {
  it('waits at each stage that has any, at the place where runc runs them', () => {
    const lines = hookedLines({ createRuntime: [hook], createContainer: [hook], startContainer: [hook] });
    assertOrder(lines, [
      'joinSessionKeyring',
      'awaitParent 1',
      'changeRoot',
      'symlink pts/ptmx',
      'awaitParent 2',
      'newSession',
      'awaitParent 3',
      'dropBoundingCapability',
      'execute',
    ]);
  });

  it('waits once for prestart and createRuntime', () => {
    assert.equal(
      hookedLines({ prestart: [hook], createRuntime: [hook] }).filter((line) => line === 'awaitParent 1')
        .length,
      1,
    );
    assert.ok(hookedLines({ prestart: [hook] }).includes('awaitParent 1'));
  });

  it('waits for nobody where there are none, nor for those that run when it has its program', () => {
    for (const hooks of [{}, { prestart: [], startContainer: [] }, { poststart: [hook], poststop: [hook] }])
      assert.equal(has(hookedLines(hooks), 'awaitParent'), false);
  });
});
