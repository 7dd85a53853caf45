import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { firstStageEntries, type FirstStageParts } from '../../../../image/initramfs/first-stage-base.ts';
import type { FileEntry } from '../../../../image/initramfs/runtime-files.ts';
import { scratchDirectory } from '../../../support/scratch-directory.ts';

const architecture = process.arch === 'arm64' ? 'arm64' : 'x64';

const runtime: FileEntry[] = ['bin/node', 'init', 'lib/firstborn/addon.node', 'lib64/ld.so'].map((path) => ({
  type: 'file',
  path,
  mode: 0o755,
  content: Buffer.from(`content of ${path}`),
}));

function makeParts(context: TestContext): FirstStageParts {
  const directory = scratchDirectory(context);
  const paths = { firstStagePath: join(directory, 'first'), reaperPath: join(directory, 'reaper') };
  for (const path of Object.values(paths)) writeFileSync(path, `bytes of ${path}`);
  return { ...paths, architecture };
}

test('firstStageEntries() has the first stage as /init and a link for each other file', async (context) => {
  const entries = await firstStageEntries(makeParts(context), runtime);
  const links = entries.flatMap((entry) =>
    entry.type === 'symlink' ? [`${entry.path} -> ${entry.target}`] : [],
  );
  assert.deepEqual(links, [
    'bin/node -> /runtime/bin/node',
    'lib/firstborn/addon.node -> /runtime/lib/firstborn/addon.node',
    'lib64/ld.so -> /runtime/lib64/ld.so',
  ]);
  const files = entries.flatMap((entry) => (entry.type === 'file' ? [entry] : []));
  assert.deepEqual(
    files.map(({ path, mode }) => [path, mode]),
    [
      ['init', 0o755],
      ['lib/firstborn/reaper', 0o755],
    ],
  );
  assert.match(Buffer.from(files[0]?.content ?? []).toString(), /^bytes of .*first$/);
});

test('firstStageEntries() has the mount point, the nodes of the console and the log, and every directory', async (context) => {
  const entries = await firstStageEntries(makeParts(context), runtime);
  const paths = new Set(entries.map(({ path }) => path));
  for (const path of ['runtime', 'dev/console', 'dev/null', 'dev/kmsg', 'proc', 'sys', 'lib64']) {
    assert.ok(paths.has(path), path);
  }
});

test('firstStageEntries() refuses a program that needs a library: there is none before the disk', async (context) => {
  const parts = { ...makeParts(context), firstStagePath: '/bin/sh' };
  await assert.rejects(firstStageEntries(parts, runtime), {
    code: 'host',
    message: /^Cannot run the initramfs by itself: "init" needs /,
  });
});
