import assert from 'node:assert/strict';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import type { PlanResult } from '../../../../addon/native.ts';
import { RequestRefusal } from '../../../../init/channel/requests.ts';
import { type SideContainer, startSideContainer } from '../../../../init/container/side-container.ts';
import type { RuntimeSpec } from '../../../../protocol/oci/runtime-spec.ts';
import { type ContainerMachine, openContainerMachine } from '../../../support/container-machine.ts';
import { rest } from '../../../support/fake-children.ts';
import { openFds } from '../../../support/open-descriptors.ts';
import { bareLinux, bareSpec } from '../../../support/runnable-spec.ts';

interface Side extends ContainerMachine {
  result: Promise<SideContainer>;
  cgroup: string;
  /** Descriptors that were open before. */
  before: number;
  /** The plans that were run before. */
  plansBefore: number;
}

function begin(
  context: TestContext,
  config: RuntimeSpec | string,
  machine = openContainerMachine(context),
): Side {
  const cgroup = machine.makeCgroup('side-1');
  const { dependencies, channel, native } = machine;
  const before = openFds();
  const plansBefore = native.plans.length;
  const params = { config: typeof config === 'string' ? config : JSON.stringify(config), stdin: false };
  const result = startSideContainer(dependencies, channel, { id: 'side-1', lastCapability: 40, params });
  result.catch(() => {});
  return Object.assign(machine, { result, cgroup, before, plansBefore });
}

const staging = '/run/firstborn/roots/side-1';
const pts = '/run/firstborn/pts/side-1';

/** Makes the first plan fail that has an operation which begins so. */
function failAt(context: TestContext, machine: ContainerMachine, start: string): void {
  const run = machine.native.runPlan.bind(machine.native);
  let hasFailed = false;
  context.mock.method(machine.native, 'runPlan', (plan: Uint8Array): PlanResult => {
    const result = run(plan);
    const operation = machine.linesOf(plan).findIndex((line) => line.startsWith(start));
    if (hasFailed || operation === -1) return result;
    hasFailed = true;
    return { state: 'failed', failure: { operation, errno: 12 }, warnings: [] };
  });
}

/** Fails unless everything is undone that a side container has. */
function assertNothingLeft(side: Side): void {
  const operations = side.operations();
  for (const line of [
    `unmount ${staging} MNT_DETACH`,
    `removeDirectory ${staging}`,
    `unmount ${pts} MNT_DETACH`,
  ])
    assert.ok(operations.includes(line), line);
  assert.equal(openFds(), side.before);
}

async function refusal(side: Side): Promise<RequestRefusal> {
  const error = await side.result.then(
    () => assert.fail('the container was started'),
    (cause: unknown) => cause,
  );
  assert.ok(error instanceof RequestRefusal);
  return error;
}

describe('startSideContainer()', () => {
  it('gives the container a root of its own over the image, and terminals of its own', async (context) => {
    const side = begin(context, bareSpec());
    await rest(side);
    const { container, release } = await side.result;
    assert.equal(container.id, 'side-1');
    const operations = side.operations();
    assert.ok(operations.includes(`mount tmpfs ${staging} tmpfs MS_NOSUID|MS_NODEV mode=0700`));
    assert.ok(
      operations.some(
        (line) =>
          line.startsWith(`mount overlay ${staging}/root overlay `) && line.includes('lowerdir=/image,'),
      ),
    );
    assert.ok(operations.some((line) => line.startsWith(`mount devpts ${pts} devpts`)));
    assert.ok(side.spawned().includes(`openTree slot 120 ${staging}/root OPEN_TREE_CLONE`));
    release();
    assert.deepEqual(side.operations().slice(-2), [
      `unmount ${staging} MNT_DETACH`,
      `removeDirectory ${staging}`,
    ]);
  });

  it("finds the user's home in the image", async (context) => {
    const side = begin(context, bareSpec());
    await rest(side);
    await side.result;
    assert.ok(Buffer.from(side.native.plans.at(-1) ?? []).includes('HOME=/root'));
  });

  it('opens a terminal of the size that the configuration asks for', async (context) => {
    const process = { terminal: true, consoleSize: { height: 30, width: 90 } };
    const side = begin(context, bareSpec({}, process));
    await rest(side);
    const { container } = await side.result;
    assert.deepEqual(
      side.native.terminalSizes.map(({ rows, columns }) => [rows, columns]),
      [[30, 90]],
    );
    assert.equal(container.main.stdio.hasTerminal, true);
  });

  for (const [what, text, message] of [
    ['no JSON', '{', /configuration/],
    [
      'a bad value',
      '{"ociVersion":"1.2.0","process":{"cwd":"/","user":{"uid":-1,"gid":0}}}',
      /process\.user\.uid/,
    ],
    ['no program', JSON.stringify({ ...bareSpec(), process: undefined }), /configuration: process:/],
    ['what a microVM can not do', JSON.stringify(bareLinux({ mountLabel: 'label' })), /linux\.mountLabel/],
  ] as const) {
    it(`refuses ${what} and makes nothing`, async (context) => {
      const side = begin(context, text);
      const { code, message: said } = await refusal(side);
      assert.deepEqual([code, message.test(said)], ['bad-request', true], said);
      assert.equal(side.native.plans.length, side.plansBefore);
      assert.equal(openFds(), side.before);
    });
  }

  for (const [what, start] of [
    ['root', `mount overlay ${staging}/root`],
    ['terminals', 'mount devpts'],
    ['cgroup', 'makeDirectory /sys/fs/cgroup/containers/side-1 '],
  ] as const) {
    it(`leaves nothing behind when the ${what} can not be made`, async (context) => {
      const machine = openContainerMachine(context);
      failAt(context, machine, start);
      const side = begin(context, bareSpec(), machine);
      const { code, details } = await refusal(side);
      await rest(side);
      assert.deepEqual([code, details.exitCode], ['failed', 125]);
      assert.deepEqual(side.native.spawns, []);
      assertNothingLeft(side);
    });
  }

  it('leaves nothing behind when the terminal can not be opened', async (context) => {
    const machine = openContainerMachine(context);
    context.mock.method(machine.native, 'openTerminal', () => {
      throw Object.assign(new Error('ENOSPC: open'), { code: 'ENOSPC', errno: 28, syscall: 'open' });
    });
    const side = begin(context, bareSpec({}, { terminal: true }), machine);
    assert.deepEqual((await refusal(side)).details.failed, { operation: 'open', errno: 'ENOSPC' });
    assertNothingLeft(side);
  });

  it('leaves nothing behind when the configuration turns out to make no sense', async (context) => {
    const side = begin(context, bareLinux({ cgroupsPath: '/side-1', devices: [{ path: '/', type: 'p' }] }));
    assert.match((await refusal(side)).message, /linux\.devices\[0\]\.path/);
    await rest(side);
    assertNothingLeft(side);
  });

  it('takes away the directories that were copied for it', async (context) => {
    const machine = openContainerMachine(context);
    mkdirSync(join(machine.files, 'run/firstborn/copies/side-1/0'), { recursive: true });
    failAt(context, machine, 'makeDirectory /sys/fs/cgroup/containers/side-1 ');
    const side = begin(context, bareSpec(), machine);
    await refusal(side);
    await rest(side);
    assert.ok(side.operations().includes('unmount /run/firstborn/copies/side-1/0 MNT_DETACH'));
    assertNothingLeft(side);
  });

  it('tells what the process has failed at, and leaves nothing behind', async (context) => {
    const machine = openContainerMachine(context);
    machine.handshakes.push([['failed', 0, 13]]);
    const side = begin(context, bareSpec(), machine);
    await rest(side);
    side.end({ pid: 101, code: 125 });
    await rest(side);
    context.mock.timers.tick(500);
    await rest(side);
    const { code, details } = await refusal(side);
    assert.deepEqual([code, details.failed?.errno, details.exitCode], ['failed', 'EACCES', 125]);
    assert.equal(existsSync(side.cgroup), false);
    assertNothingLeft(side);
  });

  it('leaves nothing behind when the process never comes to its program', async (context) => {
    const machine = openContainerMachine(context);
    machine.silent = true;
    const side = begin(context, bareSpec(), machine);
    await rest(side);
    context.mock.timers.tick(60_000);
    await rest(side);
    assert.equal((await refusal(side)).code, 'deadline');
    side.hangUp(101);
    await rest(side);
    assert.equal(existsSync(side.cgroup), false);
    assertNothingLeft(side);
  });
});
