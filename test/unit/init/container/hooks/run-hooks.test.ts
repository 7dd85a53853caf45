import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { ContainerState } from '../../../../../init/container/hooks/container-state.ts';
import type { HookPlace } from '../../../../../init/container/hooks/hook-plan.ts';
import { hasHooks, runHooks } from '../../../../../init/container/hooks/run-hooks.ts';
import type { SpecHook } from '../../../../../protocol/oci/runtime-spec.ts';
import { type FakeChildren, openFakeChildren, rest } from '../../../../support/fake-children.ts';
import { systemError } from '../../../../support/kernel-pipes.ts';
import { openFds } from '../../../../support/open-descriptors.ts';
import { recordPlans } from '../../../../support/recorded-plans.ts';
import { bareSpec } from '../../../../support/runnable-spec.ts';

const place: HookPlace = { kind: 'runtime', rootPath: '/newroot', hiddenMounts: [], hasBundle: false };
const state: ContainerState = { ociVersion: '1.2.0', id: 'main', status: 'creating', pid: 7, bundle: '/b' };

/** A state whose annotations are so long. */
const bigState = (length: number): ContainerState => ({
  ...state,
  annotations: { long: 'x'.repeat(length) },
});

interface HookRun {
  guest: FakeChildren;
  /** What became of all hooks: `done`, or what is wrong with them. */
  outcome: Promise<string>;
  /** The programs that were started so far. */
  programs: () => (string | undefined)[];
}

/** Runs the createRuntime hooks of a container. Nothing has been settled yet. */
function run(
  context: TestContext,
  hooks: SpecHook[],
  changes: { place?: HookPlace; state?: ContainerState } = {},
): HookRun {
  const guest = openFakeChildren(context);
  return { guest, ...runIn(context, guest, hooks, changes) };
}

function runIn(
  context: TestContext,
  guest: FakeChildren,
  hooks: SpecHook[],
  changes: { place?: HookPlace; state?: ContainerState } = {},
): Omit<HookRun, 'guest'> {
  const linesOf = recordPlans(context);
  const outcome = runHooks(
    guest.dependencies,
    bareSpec({ hooks: { createRuntime: hooks } }),
    'createRuntime',
    changes.place ?? place,
    changes.state ?? state,
  ).then(
    () => 'done',
    (error: Error) => error.message,
  );
  const programs = (): (string | undefined)[] =>
    guest.native.plans.map((plan) => linesOf(plan).at(-1)?.split(' ')[1]);
  return { outcome, programs };
}

const hook = (path: string, timeout?: number): SpecHook => ({
  path,
  ...(timeout === undefined ? {} : { timeout }),
});

describe('runHooks()', () => {
  it('starts each hook when the one before it has ended', async (context) => {
    const { guest, outcome, programs } = run(context, [hook('/a'), hook('/b')]);
    await rest(guest);
    assert.deepEqual(programs(), ['/a']);
    guest.end({ pid: 101, code: 0 });
    await rest(guest);
    assert.deepEqual(programs(), ['/a', '/b']);
    guest.end({ pid: 102, code: 0 });
    assert.equal(await outcome, 'done');
    assert.deepEqual(guest.native.spawns[0], { namespaces: 0, cgroupFd: -1, pidNamespaceFd: -1 });
  });

  it('runs all of a stage although one fails, and names those that have failed', async (context) => {
    const { guest, outcome, programs } = run(context, [hook('/a'), hook('/b'), hook('/c')]);
    for (const child of [
      { pid: 101, code: 3 },
      { pid: 102, code: 0 },
      { pid: 103, signal: 11 },
    ]) {
      await rest(guest);
      guest.end(child);
    }
    assert.equal(
      await outcome,
      'Cannot run the createRuntime hook "/a": it exited with 3; "/c": it was ended by signal 11',
    );
    assert.deepEqual(programs(), ['/a', '/b', '/c']);
  });

  it('explains a hook that can not be executed', async (context) => {
    const guest = openFakeChildren(context);
    const inContainer: HookPlace = { kind: 'container', pidfd: guest.native.makePipe().readFd, joinFlags: 0 };
    // The last of its nine operations.
    guest.handshakes.push([
      ['executing', 8, 0],
      ['failed', 8, 2],
    ]);
    const { outcome } = runIn(context, guest, [hook('/missing')], { place: inContainer });
    await rest(guest);
    guest.end({ pid: 101, code: 125 });
    assert.equal(
      await outcome,
      'Cannot run the createRuntime hook "/missing": ' +
        'Cannot execute "/missing": no such file, or its interpreter is missing (ENOENT)',
    );
    assert.deepEqual(guest.native.spawns[0]?.pidNamespaceFd, inContainer.pidfd);
  });

  it('kills a hook that takes longer than it may, and waits for its end', async (context) => {
    const { guest, outcome } = run(context, [hook('/slow', 2)]);
    const outcomes: string[] = [];
    void outcome.then((text) => outcomes.push(text));
    await rest(guest);
    context.mock.timers.tick(1999);
    await rest(guest);
    assert.deepEqual(guest.native.signals, []);
    context.mock.timers.tick(1);
    await rest(guest);
    assert.deepEqual(
      guest.native.signals.map(({ signal }) => signal),
      [9],
    );
    assert.deepEqual(outcomes, []);
    guest.end({ pid: 101, signal: 9 });
    await rest(guest);
    assert.deepEqual(outcomes, ['Cannot run the createRuntime hook "/slow": it did not end within 2 s']);
  });

  it('gives a hook without a timeout all the time it wants', async (context) => {
    const { guest, outcome } = run(context, [hook('/slow')]);
    await rest(guest);
    context.mock.timers.tick(24 * 3600 * 1000);
    await rest(guest);
    assert.deepEqual(guest.native.signals, []);
    guest.end({ pid: 101, code: 0 });
    assert.equal(await outcome, 'done');
  });

  it('has the state of the container on stdin, with nothing behind it', async (context) => {
    const guest = openFakeChildren(context);
    const pipes = guest.recordPipes();
    const read: string[] = [];
    guest.onSpawn = () => {
      const buffer = Buffer.alloc(4096);
      const { readFd = -1, writeFd = -1 } = pipes[0] ?? {};
      const length = guest.native.readSome(readFd, buffer);
      read.push(buffer.toString('utf8', 0, length));
      assert.equal(guest.native.isOpen(writeFd), false);
      assert.equal(guest.native.readSome(readFd, buffer), 0);
    };
    const { outcome } = runIn(context, guest, [hook('/a')]);
    await rest(guest);
    guest.end({ pid: 101, code: 0 });
    assert.equal(await outcome, 'done');
    assert.deepEqual(
      read.map((text): unknown => JSON.parse(text)),
      [state],
    );
  });

  it('gives a state of many annotations in one piece, and refuses one that no pipe holds', async (context) => {
    const { guest, outcome } = run(context, [hook('/a')], { state: bigState(900_000) });
    await rest(guest);
    guest.end({ pid: 101, code: 0 });
    assert.equal(await outcome, 'done');
    const refused = await runIn(context, guest, [hook('/a')], { state: bigState(1024 * 1024) }).outcome;
    assert.match(
      refused,
      /^Cannot run the createRuntime hook "\/a": Cannot tell a hook a state of \d+ bytes$/,
    );
  });

  it('leaves nothing open, whatever becomes of a hook', async (context) => {
    const guest = openFakeChildren(context);
    const before = openFds();
    guest.handshakes.push([['executing', 0, 0]], [['failed', 0, 13]], []);
    const { outcome } = runIn(context, guest, [hook('/a'), hook('/b'), hook('/c')]);
    for (const pid of [101, 102, 103]) {
      await rest(guest);
      guest.end({ pid, code: 125 });
    }
    await outcome;
    context.mock.method(guest.native, 'spawn', () => {
      throw systemError('EAGAIN', 11, 'clone3');
    });
    const { outcome: refused } = runIn(context, guest, [hook('/d')]);
    assert.equal(await refused, 'Cannot run the createRuntime hook "/d": EAGAIN: clone3');
    assert.equal(openFds(), before);
  });

  it('does not fall over a hook that ends just as its time is up', async (context) => {
    const { guest, outcome } = run(context, [hook('/slow', 1)]);
    context.mock.method(guest.native, 'signalPidfd', () => {
      throw systemError('ESRCH', 3, 'pidfd_send_signal');
    });
    await rest(guest);
    context.mock.timers.tick(1000);
    await rest(guest);
    guest.end({ pid: 101, code: 0 });
    assert.equal(await outcome, 'Cannot run the createRuntime hook "/slow": it did not end within 1 s');
  });
});

describe('hasHooks()', () => {
  it('is about the stages that are named, and not about empty lists', () => {
    const spec = bareSpec({ hooks: { prestart: [], poststop: [hook('/a')] } });
    assert.equal(hasHooks(spec, 'prestart', 'poststop'), true);
    assert.equal(hasHooks(spec, 'prestart', 'createRuntime'), false);
    assert.equal(hasHooks(bareSpec(), 'poststop'), false);
  });
});
