import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { prepareRuntimeDisk } from '../../../../host/preparation/runtime-disk.ts';
import { writeRuntimeDisk } from '../../../../image/runtime-disk.ts';
import { scratchDirectory } from '../../../support/scratch-directory.ts';

function makePlaces(context: TestContext) {
  const scratch = scratchDirectory(context);
  const machineDir = (name: string): string => {
    mkdirSync(join(scratch, name));
    return join(scratch, name);
  };
  return { builtPath: join(scratch, 'built.erofs'), imageCacheDir: join(scratch, 'cache'), machineDir };
}

const build = (path: string, text: string): Promise<void> =>
  writeRuntimeDisk(path, [{ type: 'file', path: 'init', mode: 0o755, content: Buffer.from(text) }], 'x64');

test('prepareRuntimeDisk() gives all machines one file', async (context) => {
  const { builtPath, imageCacheDir, machineDir } = makePlaces(context);
  await build(builtPath, 'one');
  const paths = [];
  for (const name of ['a', 'b']) {
    paths.push(await prepareRuntimeDisk(builtPath, machineDir(name), { imageCacheDir }));
  }
  const [first, second] = paths.map((path) => statSync(path).ino);
  assert.equal(first, second);
});

test('prepareRuntimeDisk() leaves a machine its disk when the build has another one', async (context) => {
  const { builtPath, imageCacheDir, machineDir } = makePlaces(context);
  await build(builtPath, 'one');
  const old = await prepareRuntimeDisk(builtPath, machineDir('old'), { imageCacheDir });
  const oldBytes = readFileSync(old);
  await build(builtPath, 'two');
  const young = await prepareRuntimeDisk(builtPath, machineDir('young'), { imageCacheDir });
  assert.ok(readFileSync(old).equals(oldBytes));
  assert.ok(!readFileSync(young).equals(oldBytes));
  assert.equal(readdirSync(imageCacheDir).length, 1);
});

test('prepareRuntimeDisk() fills the cache again when it was emptied', async (context) => {
  const { builtPath, imageCacheDir, machineDir } = makePlaces(context);
  await build(builtPath, 'one');
  await prepareRuntimeDisk(builtPath, machineDir('a'), { imageCacheDir });
  const kept = readFileSync(builtPath);
  rmSync(join(imageCacheDir, readdirSync(imageCacheDir)[0] as string));
  const path = await prepareRuntimeDisk(builtPath, machineDir('b'), { imageCacheDir });
  assert.ok(readFileSync(path).equals(kept));
});
