import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import {
  type BaseInitramfsParts,
  baseInitramfsEntries,
  writeBaseInitramfs,
} from '../../../../image/initramfs/base.ts';
import { readCpio } from '../../../support/cpio-reader.ts';
import { scratchDirectory } from '../../../support/scratch-directory.ts';

const bundle = '#!/bin/node\n';

/** A shell stands in for Node: any dynamically linked program will do, and it is small. */
function makeParts(context: TestContext): BaseInitramfsParts {
  const initPath = join(scratchDirectory(context), 'init');
  writeFileSync(initPath, bundle);
  const initFiles = { 'lib/firstborn/init.js': initPath };
  const architecture = process.arch === 'arm64' ? 'arm64' : 'x64';
  return {
    nodePath: '/bin/sh',
    addonPath: '/bin/sh',
    reaperPath: '/bin/sh',
    initPath,
    initFiles,
    architecture,
  };
}

test('baseInitramfsEntries() lists directories, devices and files, each sorted', async (context) => {
  const entries = await baseInitramfsEntries(makeParts(context));
  const kinds = ['directory', 'char', 'file'] as const;
  const paths = kinds.map((kind) =>
    entries.filter((entry) => entry.type === kind).map((entry) => entry.path),
  );
  assert.deepEqual(
    entries.map((entry) => entry.path),
    paths.flat(),
  );
  for (const list of paths) assert.deepEqual(list, list.toSorted());
  const [directories = [], devices = [], files = []] = paths;
  assert.deepEqual(devices, ['dev/console', 'dev/null']);
  for (const path of ['bin', 'dev', 'lib/firstborn', 'proc', 'root', 'run', 'sys', 'tmp']) {
    assert.ok(directories.includes(path), path);
  }
  for (const path of [
    'bin/node',
    'init',
    'lib/firstborn/addon.node',
    'lib/firstborn/init.js',
    'lib/firstborn/reaper',
  ]) {
    assert.ok(files.includes(path), path);
  }
  assert.ok(files.some((path) => path.endsWith('/libc.so.6')));
});

test('baseInitramfsEntries() names every directory that a file lies in', async (context) => {
  const entries = await baseInitramfsEntries(makeParts(context));
  const directories = new Set(
    entries.filter((entry) => entry.type === 'directory').map((entry) => entry.path),
  );
  for (const { path } of entries) {
    const slash = path.lastIndexOf('/');
    if (slash !== -1) assert.ok(directories.has(path.slice(0, slash)), path);
  }
});

test('baseInitramfsEntries() keeps others out of /root and lets all into /tmp', async (context) => {
  const entries = await baseInitramfsEntries(makeParts(context));
  const modes = new Map(entries.map((entry) => [entry.path, entry.type === 'symlink' ? 0o777 : entry.mode]));
  assert.equal(modes.get('root'), 0o700);
  assert.equal(modes.get('tmp'), 0o1777);
  assert.equal(modes.get('init'), 0o755);
  assert.equal(modes.get('lib/firstborn/reaper'), 0o755);
  assert.equal(modes.get('dev/console'), 0o600);
});

test('writeBaseInitramfs() writes the archive whole and leaves nothing else', async (context) => {
  const parts = makeParts(context);
  const directory = scratchDirectory(context);
  const outPath = join(directory, 'base.cpio');
  await writeBaseInitramfs(outPath, parts);
  const first = readFileSync(outPath);
  await writeBaseInitramfs(outPath, parts);
  assert.deepEqual(readFileSync(outPath), first);
  assert.deepEqual(readdirSync(directory), ['base.cpio']);
  const init = readCpio(first).find((read) => read.entry.path === 'init')?.entry;
  assert.deepEqual(init?.type === 'file' && Buffer.from(init.content).toString(), bundle);
});
