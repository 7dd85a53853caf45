import assert from 'node:assert/strict';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { namespaceFlags } from '../../../../addon/constants.ts';
import { type StartResult, startContainer } from '../../../../init/container/start-container.ts';
import { openPipes } from '../../../../init/container/stdio.ts';
import type { RunnableSpec } from '../../../../init/container/runnable-spec.ts';
import { ExecParams } from '../../../../protocol/messages.ts';
import { type ContainerMachine, openContainerMachine } from '../../../support/container-machine.ts';
import { rest } from '../../../support/fake-children.ts';
import { systemError } from '../../../support/kernel-pipes.ts';
import { openFds } from '../../../support/open-descriptors.ts';
import { bareLinux, bareSpec } from '../../../support/runnable-spec.ts';

interface Start extends ContainerMachine {
  result: Promise<StartResult>;
  /** The cgroup of the container. */
  cgroup: string;
  /** Descriptors that were open before. */
  before: number;
}

/** Begins to start a container; nothing of it has gone on. */
function begin(context: TestContext, spec: RunnableSpec, machine = openContainerMachine(context)): Start {
  const cgroup = machine.makeCgroup('main');
  const before = openFds();
  const stdio = openPipes(machine.native, machine.channel, { streams: { stdout: 2, stderr: 3 } });
  for (const stream of [2, 3]) machine.host.credit(stream, 1000);
  const result = startContainer(machine.dependencies, machine.channel, {
    id: 'main',
    spec,
    rootPath: '/newroot',
    hiddenMounts: ['/config'],
    identity: undefined,
    lastCapability: 40,
    stdio,
  });
  result.catch(() => stdio.discard());
  return Object.assign(machine, { result, cgroup, before });
}

const hooked = (
  stage: 'createRuntime' | 'startContainer' | 'poststart' | 'poststop',
  ...more: string[]
): RunnableSpec =>
  bareSpec({ hooks: Object.fromEntries([stage, ...more].map((name) => [name, [{ path: `/${name}` }]])) });

describe('startContainer()', () => {
  it('gives a container whose program has taken over', async (context) => {
    const spec = bareLinux({ namespaces: [{ type: 'mount' }, { type: 'pid' }, { type: 'cgroup' }] });
    const start = begin(context, spec);
    await rest(start);
    const result = await start.result;
    assert.ok(result.state === 'running');
    assert.equal(result.container.pid, 101);
    assert.deepEqual(
      start.native.spawns.map(({ namespaces, pidNamespaceFd }) => [namespaces, pidNamespaceFd]),
      [[namespaceFlags.CLONE_NEWPID | namespaceFlags.CLONE_NEWNS, -1]],
    );
    assert.equal(start.spawned().at(-1), 'execute /run /run 0 variables');
  });

  it('has execs join what the container has, with the filter that it has', async (context) => {
    const seccomp = { defaultAction: 'SCMP_ACT_ALLOW' as const };
    const spec = bareLinux({ namespaces: [{ type: 'mount' }, { type: 'ipc' }], seccomp });
    const start = begin(context, spec);
    await rest(start);
    const result = await start.result;
    assert.ok(result.state === 'running');
    const started = result.container.execs.start(ExecParams.parse({ args: ['/x'], detach: true }), 1000);
    await rest(start);
    await started;
    const lines = start.spawned();
    assert.ok(lines.some((line) => /^joinNamespaces \d+ CLONE_NEWNS\|CLONE_NEWIPC$/.test(line)));
    assert.ok(lines.some((line) => line.startsWith('setSeccompFilter ')));
  });

  it('resolves the targets of mounts and looks at what they cover before it makes anything', async (context) => {
    const machine = openContainerMachine(context);
    mkdirSync(join(machine.files, 'newroot/tmp'), { mode: 0o700 });
    context.mock.method(machine.native, 'openInRoot', (root: string, path: string) => {
      throw systemError(`${root}${path}` === '/newroot/tmp' ? 'ENOENT' : 'EIO', 2, 'openat2');
    });
    const mounts = [{ destination: 'tmp', type: 'tmpfs', source: 'tmpfs' }];
    const start = begin(context, bareSpec({ mounts }), machine);
    await rest(start);
    assert.equal((await start.result).state, 'running');
    assert.ok(start.spawned().includes('mount tmpfs /tmp tmpfs 0 ""'));
  });

  const refused: [what: string, spec: RunnableSpec, message: RegExp][] = [
    ['namespaces', bareSpec({ linux: { namespaces: [] } }), /linux\.namespaces/],
    ['filter', bareLinux({ seccomp: { defaultAction: 'SCMP_ACT_NOTIFY' } }), /defaultAction/],
    ['cgroup', bareLinux({ cgroupsPath: '/..' }), /linux\.cgroupsPath/],
    ['limit', bareLinux({ resources: { pids: { limit: 0.5 } } }), /linux\.resources\.pids\.limit/],
    ['device', bareLinux({ devices: [{ path: 'x', type: 'c', major: 1, minor: 1 }] }), /linux\.devices\[0\]/],
  ];
  for (const [what, spec, message] of refused) {
    it(`refuses a ${what} that makes no sense before there is a process`, async (context) => {
      const start = begin(context, spec);
      await assert.rejects(start.result, { code: 'config', message });
      await rest(start);
      assert.deepEqual(start.native.spawns, []);
      assert.equal(openFds(), start.before);
    });
  }

  it('lets go of the cgroup when there can be no process', async (context) => {
    const machine = openContainerMachine(context);
    context.mock.method(machine.native, 'spawn', () => {
      throw systemError('EAGAIN', 11, 'clone3');
    });
    const start = begin(context, bareSpec(), machine);
    await assert.rejects(start.result, { code: 'EAGAIN' });
    await rest(start);
    assert.equal(existsSync(start.cgroup), false);
    assert.equal(openFds(), start.before);
  });

  it('kills a process that never comes to its program, and lets go of the cgroup', async (context) => {
    const machine = openContainerMachine(context);
    machine.silent = true;
    const start = begin(context, bareSpec(), machine);
    await rest(start);
    context.mock.timers.tick(60_000);
    await assert.rejects(start.result, { code: 'timeout' });
    assert.deepEqual(
      start.native.signals.map(({ signal }) => signal),
      [9],
    );
    assert.equal(existsSync(start.cgroup), false);
    await rest(start);
    assert.equal(openFds(), start.before + 1, 'the end of the handshake that the child has');
  });

  it('tells what the process has failed at, and leaves nothing', async (context) => {
    const machine = openContainerMachine(context);
    machine.handshakes.push([['failed', 0, 13]]);
    const start = begin(context, bareSpec(), machine);
    await rest(start);
    start.end({ pid: 101, code: 125 });
    await rest(start);
    context.mock.timers.tick(500);
    await rest(start);
    const result = await start.result;
    assert.ok(result.state === 'not-started');
    assert.equal(result.failure.failed?.errno, 'EACCES');
    assert.equal(existsSync(start.cgroup), false);
    assert.equal(openFds(), start.before);
  });
});

/** Ends the hooks one after the other, the first of which has this pid. */
async function endHooks(start: Start, first: number, codes: readonly number[]): Promise<void> {
  for (const [index, code] of codes.entries()) {
    await rest(start);
    start.end({ pid: first + index, code });
  }
  await rest(start);
}

describe('startContainer() with hooks', () => {
  it('holds the process until they have run', async (context) => {
    const machine = openContainerMachine(context);
    machine.handshakes.push([
      ['waiting', 7, 1],
      ['executing', 0, 0],
    ]);
    const start = begin(context, hooked('createRuntime'), machine);
    await rest(start);
    assert.equal(start.spawned().at(-1), 'execute /createRuntime /createRuntime 1 variables');
    assert.deepEqual(start.native.continued, []);
    await endHooks(start, 102, [0]);
    assert.equal((await start.result).state, 'running');
    assert.equal(start.native.continued.length, 1);
  });

  it('does not let the process go on when one fails, and runs those at the end', async (context) => {
    const machine = openContainerMachine(context);
    machine.handshakes.push([
      ['waiting', 7, 3],
      ['executing', 0, 0],
    ]);
    const start = begin(context, hooked('startContainer', 'poststop'), machine);
    await endHooks(start, 102, [4]);
    start.hangUp(101);
    start.end({ pid: 101, signal: 9 });
    await rest(start);
    context.mock.timers.tick(500);
    await endHooks(start, 103, [0]);
    assert.deepEqual(await start.result, {
      state: 'not-started',
      failure: {
        code: 125,
        message: 'Cannot run the startContainer hook "/startContainer": it exited with 4',
      },
    });
    assert.equal(start.spawned().at(-1), 'execute /poststop /poststop 1 variables');
    assert.equal(existsSync(start.cgroup), false);
    assert.equal(openFds(), start.before);
  });

  it('ends the container when a hook behind its start fails', async (context) => {
    const start = begin(context, hooked('poststart', 'poststop'));
    await endHooks(start, 102, [1]);
    assert.deepEqual(
      start.native.signals.map(({ signal }) => signal),
      [9],
    );
    start.end({ pid: 101, signal: 9 });
    await rest(start);
    context.mock.timers.tick(500);
    await endHooks(start, 103, [0]);
    const result = await start.result;
    assert.ok(result.state === 'not-started');
    assert.match(result.failure.message, /^Cannot run the poststart hook/);
    assert.equal(openFds(), start.before);
  });
});
