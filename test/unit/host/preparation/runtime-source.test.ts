import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { readRuntimeSource } from '../../../../host/preparation/runtime-source.ts';
import { scratchDirectory } from '../../../support/scratch-directory.ts';

const smallest = {
  ociVersion: '1.0.2',
  root: { path: 'rootfs' },
  process: { cwd: '/', args: ['true'], user: { uid: 0, gid: 0 } },
  linux: { namespaces: [{ type: 'mount' }, { type: 'pid' }] },
};

function writeConfig(context: TestContext, changes: object = {}): { directory: string; path: string } {
  const directory = scratchDirectory(context);
  const path = join(directory, 'config.json');
  writeFileSync(path, JSON.stringify({ ...smallest, ...changes }));
  return { directory, path };
}

describe('readRuntimeSource()', () => {
  it('reads nothing where nothing was chosen', async () => {
    assert.equal(await readRuntimeSource({}), undefined);
  });

  it('reads a bundle, whose root may be anywhere', async (context) => {
    const { directory, path } = writeConfig(context);
    const source = await readRuntimeSource({ bundle: directory });
    assert.deepEqual([source?.path, source?.spec.process?.args, source?.warnings], [path, ['true'], []]);
    assert.deepEqual(source?.bundle, { directory, rootDirectory: join(directory, 'rootfs') });
    writeFileSync(path, JSON.stringify({ ...smallest, root: { path: '/srv/root' } }));
    const elsewhere = await readRuntimeSource({ bundle: directory });
    assert.equal(elsewhere?.bundle?.rootDirectory, '/srv/root');
  });

  it('reads a configuration, byte for byte', async (context) => {
    const { path } = writeConfig(context);
    const text = `\n  ${JSON.stringify(smallest)}\t\n`;
    writeFileSync(path, text);
    const source = await readRuntimeSource({ config: path });
    assert.deepEqual([source?.configBytes.toString(), source?.bundle], [text, undefined]);
  });

  it('tells what has no effect', async (context) => {
    const linux = { ...smallest.linux, resources: { memory: { swappiness: 50 } } };
    const { path } = writeConfig(context, { linux });
    const { warnings = [] } = (await readRuntimeSource({ config: path })) ?? {};
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? '', /linux\.resources\.memory\.swappiness/);
  });

  for (const [what, changes, message] of [
    ['a bad value', { process: { ...smallest.process, cwd: 'srv' } }, /process\.cwd: /],
    ['what a machine can not do', { linux: { ...smallest.linux, mountLabel: 'x' } }, /linux\.mountLabel: /],
    [
      'a bind mount of a bundle that is not there',
      { mounts: [{ destination: '/x', type: 'bind', source: 'data', options: ['bind'] }] },
      /mounts\[0\]\.source: expected an absolute path, since there is no bundle$/,
    ],
  ] as [string, object, RegExp][]) {
    it(`refuses ${what} by its path, naming the file`, async (context) => {
      const { path } = writeConfig(context, changes);
      await assert.rejects(readRuntimeSource({ config: path }), (error: Error & { code: string }) => {
        assert.equal(error.code, 'config');
        assert.ok(error.message.includes(`"${path}"`), error.message);
        assert.match(error.message, message);
        return true;
      });
    });
  }

  it('refuses files that are missing, too long, or no JSON', async (context) => {
    const { directory, path } = writeConfig(context);
    mkdirSync(join(directory, 'empty'));
    await assert.rejects(readRuntimeSource({ bundle: join(directory, 'empty') }), {
      code: 'host',
      message: `Cannot read "${join(directory, 'empty/config.json')}"`,
    });
    writeFileSync(path, ' '.repeat(1024 * 1024 + 1));
    await assert.rejects(readRuntimeSource({ config: path }), {
      code: 'config',
      message: `Cannot accept "${path}": expected at most 1048576 bytes`,
    });
    writeFileSync(path, '{');
    await assert.rejects(readRuntimeSource({ config: path }), {
      code: 'config',
      message: `Cannot parse "${path}" as JSON`,
    });
  });
});
