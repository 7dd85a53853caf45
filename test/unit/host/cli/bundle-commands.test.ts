import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it as declare, type TestContext } from 'node:test';
import { Firstborn } from '../../../../host/client/index.ts';
import { parseLaunchConfig } from '../../../../protocol/launch-config.ts';
import { parseRuntimeSpecText } from '../../../../protocol/oci/runtime-spec-schema.ts';
import { type FakeInstallation, fakeInstallation } from '../client/fake-installation.ts';
import { runCli } from './cli-process.ts';

const it = (name: string, run: (context: TestContext) => Promise<void>): void => {
  void declare(name, { timeout: 60_000 }, run);
};

const config = {
  ociVersion: '1.0.2',
  root: { path: 'rootfs', readonly: true },
  process: { cwd: '/', args: ['/bin/sh', '-c', 'true'], user: { uid: 0, gid: 0 } },
  hostname: 'bundled',
  linux: { namespaces: [{ type: 'mount' }, { type: 'pid' }, { type: 'uts' }] },
};

interface Bundle {
  host: FakeInstallation;
  directory: string;
}

/** A bundle around the installation's root file system. */
function makeBundle(context: TestContext, changes: object = {}): Bundle {
  const host = fakeInstallation(context, { workloads: [['exit', '3']] });
  const directory = join(host.stateDir, '../bundle');
  mkdirSync(join(directory, 'hooks'), { recursive: true });
  writeFileSync(join(directory, 'hooks/start'), '#!/bin/sh\n', { mode: 0o755 });
  const root = { ...config.root, path: host.image };
  writeFileSync(join(directory, 'config.json'), JSON.stringify({ ...config, root, ...changes }));
  return { host, directory };
}

function diskFile({ stateDir }: FakeInstallation, id: string, name: string): string {
  const disk = join(stateDir, 'machines', id, 'config.squashfs');
  return execFileSync('unsquashfs', ['-cat', disk, name], { encoding: 'utf8' });
}

describe('firstborn run --bundle', () => {
  it('gives the guest the configuration as it is, and the files beside it', async (context) => {
    const { host, directory } = makeBundle(context);
    const words = ['run', '--keep', '--name', 'b', '--accel', 'tcg', '--bundle', directory];
    const { code, stderr } = await runCli(context, host, words);
    assert.equal(code, 3, stderr);
    const [id = ''] = host.machineIds();
    const root = { ...config.root, path: host.image };
    assert.equal(diskFile(host, id, 'runtime.json'), JSON.stringify({ ...config, root }));
    assert.equal(diskFile(host, id, 'bundle/hooks/start'), '#!/bin/sh\n');
    assert.equal(parseLaunchConfig(JSON.parse(diskFile(host, id, 'launch.json'))).runtimeConfig, true);
    const { record } = await (await new Firstborn({ environment: host.environment }).machine('b')).info();
    assert.deepEqual(
      [record.image, record.command, record.terminal],
      [directory, ['/bin/sh', '-c', 'true'], false],
    );
  });

  it('adds the mounts that are asked for', async (context) => {
    const { host, directory } = makeBundle(context);
    const words = ['run', '--keep', '--tmpfs', '/cache:size=1m', '--accel', 'tcg', '--bundle', directory];
    assert.equal((await runCli(context, host, words)).code, 3);
    const { mounts = [] } = parseRuntimeSpecText(
      diskFile(host, host.machineIds()[0] ?? '', 'runtime.json'),
      'runtime.json',
    );
    assert.deepEqual(
      mounts.map(({ destination }) => destination),
      ['/cache'],
    );
  });

  it('tells what has no effect, and refuses what is impossible before it makes anything', async (context) => {
    const resources = { memory: { swappiness: 1 } };
    const { host, directory } = makeBundle(context, { linux: { ...config.linux, resources } });
    const words = ['run', '--accel', 'tcg', '--bundle', directory];
    const warned = await runCli(context, host, words);
    assert.deepEqual([warned.code, warned.stderr.includes('swappiness')], [3, true]);
    const text = JSON.stringify({ ...config, linux: { ...config.linux, mountLabel: 'x' } });
    writeFileSync(join(directory, 'config.json'), text);
    const refused = await runCli(context, host, words);
    assert.equal(refused.code, 125);
    assert.match(refused.stderr, /^firstborn: Cannot .*linux\.mountLabel/);
    assert.deepEqual(host.machineIds(), []);
  });

  it('refuses a terminal that the configuration does not have', async (context) => {
    const { host, directory } = makeBundle(context);
    const { code, stderr } = await runCli(context, host, ['run', '-t', '--bundle', directory]);
    assert.equal(code, 125);
    assert.match(stderr, /^firstborn: Cannot use -t: "process\.terminal" of ".*config\.json" is not true/);
  });
});

describe('firstborn run --config', () => {
  it('runs an image by a configuration, such as the one that spec prints', async (context) => {
    const host = fakeInstallation(context, { workloads: [['exit', '4']] });
    const printed = await runCli(context, host, ['spec', '--cap-drop', 'ALL', host.image, 'ls']);
    assert.deepEqual([printed.code, printed.stderr], [0, '']);
    const path = join(host.stateDir, '../config.json');
    writeFileSync(path, printed.stdout);
    const words = ['run', '--keep', '--accel', 'tcg', '--config', path, host.image];
    assert.equal((await runCli(context, host, words)).code, 4);
    assert.equal(diskFile(host, host.machineIds()[0] ?? '', 'runtime.json'), printed.stdout);
  });
});

describe('firstborn build --bundle', () => {
  it('leaves the same on the config disk for another launcher', async (context) => {
    const { host, directory } = makeBundle(context);
    const outDir = join(host.stateDir, '../out');
    const { code, stderr } = await runCli(context, host, ['build', '--bundle', directory, '-o', outDir]);
    assert.deepEqual([code, stderr], [0, '']);
    const disk = join(outDir, 'config.squashfs');
    const runtime = execFileSync('unsquashfs', ['-cat', disk, 'runtime.json'], { encoding: 'utf8' });
    assert.equal(parseRuntimeSpecText(runtime, 'runtime.json').hostname, 'bundled');
  });
});

describe('firstborn spec', () => {
  it('prints nothing but JSON that the guest accepts', async (context) => {
    const host = fakeInstallation(context, { workloads: [] });
    const { stdout } = await runCli(context, host, ['spec', '-t', '--init', host.image, 'a', '-b']);
    const spec = parseRuntimeSpecText(stdout, 'stdout');
    assert.deepEqual(spec.process?.args, ['/sbin/firstborn-init', 'a', '-b']);
    assert.deepEqual(spec.process?.consoleSize, { height: 24, width: 80 });
  });

  it('refuses to do without an image', async (context) => {
    const host = fakeInstallation(context, { workloads: [] });
    const { code, stderr } = await runCli(context, host, ['spec']);
    assert.deepEqual(
      [code, stderr],
      [125, "firstborn: Cannot do that without an IMAGE (see 'firstborn spec --help')\n"],
    );
  });
});
