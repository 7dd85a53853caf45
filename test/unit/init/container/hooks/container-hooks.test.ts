import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { CLONE_NEWNS } from '../../../../../addon/constants.ts';
import { waitingStages } from '../../../../../init/container/container-plan.ts';
import { ContainerHooks } from '../../../../../init/container/hooks/container-hooks.ts';
import { type HookStage, hookStages, type SpecHooks } from '../../../../../protocol/oci/runtime-spec.ts';
import { type FakeChildren, openFakeChildren, rest } from '../../../../support/fake-children.ts';
import { recordPlans } from '../../../../support/recorded-plans.ts';
import { bareSpec } from '../../../../support/runnable-spec.ts';

interface Hooked {
  guest: FakeChildren;
  hooks: ContainerHooks;
  /** `/stage in joinNamespaces …` or `… in unshare …` of every hook so far. */
  started: () => string[];
  /** The status and the pid in the state that each has read. */
  states: unknown[];
}

/** One hook for each stage, of its name. */
const everyStage = (): SpecHooks =>
  Object.fromEntries(hookStages.map((stage) => [stage, [{ path: `/${stage}` }]]));

function openHooks(context: TestContext, hooks: SpecHooks = everyStage()): Hooked {
  const guest = openFakeChildren(context);
  const linesOf = recordPlans(context);
  const pipes = guest.recordPipes();
  const states: unknown[] = [];
  guest.onSpawn = () => {
    const buffer = Buffer.alloc(4096);
    const length = guest.native.readSome(pipes.at(-1)?.readFd ?? -1, buffer);
    const { status, pid } = JSON.parse(buffer.toString('utf8', 0, length)) as Record<string, unknown>;
    states.push([status, pid]);
  };
  return {
    guest,
    hooks: new ContainerHooks(guest.dependencies, {
      id: 'main',
      spec: bareSpec({ hooks }),
      rootPath: '/newroot',
      hiddenMounts: ['/config'],
      joinFlags: CLONE_NEWNS,
    }),
    started: () =>
      guest.native.plans.map((plan) => {
        const lines = linesOf(plan);
        const how = lines.find((line) => /^(joinNamespaces|unshare)/.test(line))?.split(' ')[0];
        return `${lines.at(-1)?.split(' ')[1]} by ${how}`;
      }),
    states,
  };
}

/** Lets `work` go on, with the hooks that it starts ending so, one after the other. */
async function settle<Value>(
  { guest }: Hooked,
  work: Promise<Value>,
  codes: readonly number[],
): Promise<Value> {
  work.catch(() => {});
  for (const [index, code] of codes.entries()) {
    await rest(guest);
    guest.end({ pid: guest.children[index]?.pid ?? -1, code });
  }
  return await work;
}

const first = { pid: 7, pidfd: 30 };

describe('runBefore()', () => {
  it('runs prestart, then createRuntime, in the namespaces of the guest', async (context) => {
    const hooked = openHooks(context);
    await settle(hooked, hooked.hooks.runBefore(waitingStages.createRuntime, first), [0, 0]);
    assert.deepEqual(hooked.started(), ['/prestart by unshare', '/createRuntime by unshare']);
    assert.deepEqual(hooked.states, [
      ['creating', 7],
      ['creating', 7],
    ]);
  });

  it('runs createRuntime although prestart has failed, which is what it tells', async (context) => {
    const hooked = openHooks(context);
    const work = hooked.hooks.runBefore(waitingStages.createRuntime, first);
    await assert.rejects(settle(hooked, work, [1, 1]), {
      code: 'guest',
      message: 'Cannot run the prestart hook "/prestart": it exited with 1',
    });
    assert.equal(hooked.started().length, 2);
  });

  for (const [stage, status] of [
    ['createContainer', 'creating'],
    ['startContainer', 'created'],
  ] as const) {
    it(`runs ${stage} in the namespaces of the container, which is ${status}`, async (context) => {
      const hooked = openHooks(context);
      await settle(hooked, hooked.hooks.runBefore(waitingStages[stage], first), [0]);
      assert.deepEqual(hooked.started(), [`/${stage} by joinNamespaces`]);
      assert.deepEqual(hooked.states, [[status, 7]]);
      assert.equal(hooked.guest.native.spawns[0]?.pidNamespaceFd, 30);
    });
  }

  it('throws what is wrong with a hook that fails', async (context) => {
    const hooked = openHooks(context);
    const work = hooked.hooks.runBefore(waitingStages.startContainer, first);
    await assert.rejects(settle(hooked, work, [9]), {
      message: 'Cannot run the startContainer hook "/startContainer": it exited with 9',
    });
  });

  it('throws for a stage that no plan waits at', async (context) => {
    await assert.rejects(openHooks(context).hooks.runBefore(9, first), { name: 'RangeError' });
  });

  it('starts nothing where there is none', async (context) => {
    const hooked = openHooks(context, {});
    for (const stage of ['createRuntime', 'createContainer', 'startContainer'] as const)
      await hooked.hooks.runBefore(waitingStages[stage], first);
    await hooked.hooks.runAfterStart(7);
    await hooked.hooks.runAfterStop();
    assert.deepEqual(hooked.started(), []);
  });
});

describe('hooks behind the start', () => {
  const running: [stage: HookStage, state: unknown][] = [
    ['poststart', ['running', 7]],
    ['poststop', ['stopped', undefined]],
  ];
  for (const [stage, state] of running) {
    it(`${stage} hooks run in the namespaces of the guest and read the state by then`, async (context) => {
      const hooked = openHooks(context);
      const { hooks } = hooked;
      await settle(hooked, stage === 'poststart' ? hooks.runAfterStart(7) : hooks.runAfterStop(), [0]);
      assert.deepEqual(hooked.started(), [`/${stage} by unshare`]);
      assert.deepEqual(hooked.states, [state]);
    });
  }

  it('runAfterStart() throws when one fails', async (context) => {
    const hooked = openHooks(context);
    await assert.rejects(settle(hooked, hooked.hooks.runAfterStart(7), [1]), /poststart hook/);
  });

  it('runAfterStop() only warns when one fails: the container has ended all the same', async (context) => {
    const hooked = openHooks(context);
    const warn = context.mock.method(hooked.guest.dependencies.log, 'warn', () => {});
    await settle(hooked, hooked.hooks.runAfterStop(), [1]);
    assert.equal(warn.mock.callCount(), 1);
  });
});
