import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import type { StartResult } from '../../../../init/container/start-container.ts';
import type { GuestConfig } from '../../../../init/phases/config.ts';
import { readLastCapability, sealPlan, startMainContainer } from '../../../../init/phases/container.ts';
import { parseLaunchConfig } from '../../../../protocol/launch-config.ts';
import { mainStreams } from '../../../../protocol/names.ts';
import { type ContainerMachine, openContainerMachine } from '../../../support/container-machine.ts';
import { rest } from '../../../support/fake-children.ts';
import { planLinesWithTolerance } from '../../../support/plan-text.ts';
import { bareLinux, bareSpec } from '../../../support/runnable-spec.ts';

const identity = { hostname: 'web\n', hosts: '127.0.0.1\tlocalhost\n', resolvConf: undefined };

interface Main extends ContainerMachine {
  result: StartResult;
}

async function start(
  context: TestContext,
  config: {
    process?: object;
    runtime?: GuestConfig['runtime'];
    hasBundle?: boolean;
    kernelModules?: string;
  } = {},
): Promise<Main> {
  const machine = openContainerMachine(context);
  machine.makeCgroup('main');
  if (config.hasBundle === true) mkdirSync(join(machine.files, 'config/bundle'), { recursive: true });
  const launch = { version: 1, root: { format: 'squashfs' }, process: config.process };
  const started = startMainContainer(
    machine.dependencies,
    machine.channel,
    {
      launch: parseLaunchConfig(JSON.parse(JSON.stringify(launch))),
      image: { config: { Cmd: ['/serve'] } },
      runtime: config.runtime,
    },
    { path: '/newroot', kernelModules: config.kernelModules },
    identity,
  );
  await rest(machine);
  return Object.assign(machine, { result: await started });
}

describe('startMainContainer()', () => {
  it('starts what the image says, with files of its identity, in a sealed machine', async (context) => {
    const main = await start(context, { kernelModules: '/addons/modules' });
    assert.equal(main.result.state, 'running');
    const lines = main.spawned();
    assert.ok(lines.includes('openTree slot 1 /addons/modules OPEN_TREE_CLONE'));
    assert.ok(lines.includes('writeFile /etc/hostname 3 0644 web'));
    assert.match(lines.at(-1) ?? '', /^execute \/serve \/serve /);
    const operations = main.operations();
    const sealed = operations.indexOf('mount none / "" MS_RDONLY|MS_REMOUNT|MS_BIND ""');
    assert.ok(sealed !== -1 && sealed < operations.indexOf('closeFds 3'));
  });

  it('hides everything of init, the way to its terminals included', async (context) => {
    const lines = (await start(context)).spawned();
    for (const path of ['/config', '/image', '/overlay', '/run', '/sys', '/dev', '/proc'])
      assert.ok(lines.includes(`unmount ${path} MNT_DETACH`), path);
  });

  it("leaves a bundle's root as it is", async (context) => {
    const lines = (await start(context, { hasBundle: true, runtime: bareSpec() })).spawned();
    assert.equal(
      lines.some((line) => line.includes(' /etc')),
      false,
    );
    assert.equal(lines.at(-1), 'execute /run /run 1 variables');
  });

  const { stdin, ...output } = mainStreams;
  for (const [what, process, streams] of [
    ['without stdin', { stdin: false }, output],
    ['with stdin', { stdin: true }, mainStreams],
    ['of a terminal', { stdin: true, terminal: { rows: 1, columns: 1 } }, { stdin, stdout: output.stdout }],
  ] as const) {
    it(`has the streams that host and guest know beforehand, ${what}`, async (context) => {
      const { result } = await start(context, { process });
      assert.ok(result.state === 'running');
      assert.deepEqual(result.container.main.stdio.streams, streams);
    });
  }

  const terminals: [what: string, config: Parameters<typeof start>[1], size: number[][]][] = [
    ['none that nobody asks for', {}, []],
    ['the size of the launch config', { process: { terminal: { rows: 30, columns: 90 } } }, [[30, 90]]],
    [
      'the size of the configuration',
      { runtime: bareSpec({}, { terminal: true, consoleSize: { height: 5, width: 6 } }) },
      [[5, 6]],
    ],
    ['the usual size', { runtime: bareSpec({}, { terminal: true }) }, [[24, 80]]],
    [
      "the host's size before that of the configuration",
      {
        process: { terminal: { rows: 1, columns: 2 } },
        runtime: bareSpec({}, { terminal: true, consoleSize: { height: 5, width: 6 } }),
      },
      [[1, 2]],
    ],
  ];
  for (const [what, config, sizes] of terminals) {
    it(`opens a terminal: ${what}`, async (context) => {
      const main = await start(context, config);
      assert.deepEqual(
        main.native.terminalSizes.map(({ rows, columns }) => [rows, columns]),
        sizes,
      );
    });
  }

  it("gives the terminals to the container's own group, whoever that is for the machine", async (context) => {
    const mapping = [{ containerID: 0, hostID: 1000, size: 100 }];
    const namespaces = [{ type: 'mount' as const }, { type: 'user' as const }];
    const runtime = bareLinux({ namespaces, uidMappings: mapping, gidMappings: mapping });
    const operations = (await start(context, { runtime })).operations();
    assert.ok(operations.some((line) => line.startsWith('mount devpts ') && line.includes('gid=1005,')));
  });
});

it('sealPlan() only warns of what can not be sealed', () => {
  assert.deepEqual(planLinesWithTolerance(sealPlan()), [
    'mount none / "" MS_RDONLY|MS_REMOUNT|MS_BIND "" [warns]',
  ]);
});

it('readLastCapability() asks the kernel', () => {
  assert.ok(readLastCapability() >= 37);
});
