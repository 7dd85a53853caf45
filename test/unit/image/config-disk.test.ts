import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { writeConfigDisk } from '../../../image/config-disk.ts';
import { parseLaunchConfig } from '../../../protocol/launch-config.ts';
import { listAll, temporaryDirectory } from '../../support/image-fixtures.ts';

const run = promisify(execFile);
const launch = { version: 1, root: { format: 'squashfs' }, process: { env: { B: '2', A: '1' } } } as const;
const imageConfigBytes = Buffer.from('{ "architecture":"amd64",\n\t"os":"linux", "x-unknown": [1] }\n');

test('writeConfigDisk() holds the image config verbatim and a launch config that the guest accepts', async (context) => {
  const root = await temporaryDirectory(context);
  const path = join(root, 'config.squashfs');
  await writeConfigDisk(path, { imageConfigBytes, launch });
  const extract = async (name: string) =>
    (await run('unsquashfs', ['-cat', path, name], { encoding: 'buffer' })).stdout;
  assert.deepEqual(await extract('image/config.json'), imageConfigBytes);
  const parsed = parseLaunchConfig(JSON.parse((await extract('launch.json')).toString()));
  assert.deepEqual(parsed.process.env, { B: '2', A: '1' });
  const { stdout } = await run('unsquashfs', ['-lln', '-UTC', path]);
  assert.deepEqual(
    stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => line.replace(/\s+\d+ (?=1970-01-01 00:00)/, ' ')),
    [
      'drwxr-xr-x 0/0 1970-01-01 00:00 squashfs-root',
      'drwxr-xr-x 0/0 1970-01-01 00:00 squashfs-root/image',
      '-rw-r--r-- 0/0 1970-01-01 00:00 squashfs-root/image/config.json',
      '-rw-r--r-- 0/0 1970-01-01 00:00 squashfs-root/launch.json',
    ],
  );
});

test('writeConfigDisk() gives the same bytes for the same content', async (context) => {
  const root = await temporaryDirectory(context);
  const disks = ['a', 'b'].map((name) => join(root, name));
  for (const path of disks) await writeConfigDisk(path, { imageConfigBytes, launch });
  const [first, second] = await Promise.all(disks.map((path) => readFile(path)));
  assert.deepEqual(first, second);
  assert.equal((first?.length ?? 1) % 512, 0);
});

test('writeConfigDisk() refuses what the guest would refuse, before it writes anything', async (context) => {
  const root = await temporaryDirectory(context);
  const path = join(root, 'new/config.squashfs');
  const wrong = { ...launch, root: { format: 'ext4' } } as unknown as typeof launch;
  await assert.rejects(writeConfigDisk(path, { imageConfigBytes, launch: wrong }), {
    code: 'config',
    message: /^Cannot accept launch.json: root.format/,
  });
  await assert.rejects(writeConfigDisk(path, { imageConfigBytes: Buffer.from('{"config":3}'), launch }), {
    code: 'image',
    message: /^Cannot accept image\/config.json: config/,
  });
  const large = Buffer.from(`{"x":"${'y'.repeat(1024 * 1024)}"}`);
  await assert.rejects(writeConfigDisk(path, { imageConfigBytes: large, launch }), {
    code: 'config',
    message: /at most 1048576 are allowed$/,
  });
  const signal = AbortSignal.abort(new Error('enough'));
  await assert.rejects(writeConfigDisk(path, { imageConfigBytes, launch, signal }), { message: 'enough' });
  assert.deepEqual(await listAll(root), []);
});

test('writeConfigDisk() holds a configuration, a profile and a bundle beside them', async (context) => {
  const root = await temporaryDirectory(context);
  const path = join(root, 'config.squashfs');
  const common = { uid: 0, gid: 0, mtimeSeconds: 1_700_000_000 };
  const runtimeConfigBytes = Buffer.from('{ "ociVersion":\t"1.2.0" }');
  await writeConfigDisk(path, {
    imageConfigBytes,
    launch: { ...launch, runtimeConfig: true },
    runtimeConfigBytes,
    seccompProfileBytes: Buffer.from('{}'),
    bundle: [
      { ...common, path: 'hooks', type: 'directory', mode: 0o755 },
      {
        ...common,
        uid: 7,
        path: 'hooks/a.sh',
        type: 'file',
        mode: 0o4755,
        content: Buffer.from('#!/bin/sh\n'),
      },
      { ...common, path: 'hooks/b.sh', type: 'symlink', mode: 0o777, linkTarget: 'a.sh' },
      { ...common, path: 'empty', type: 'file', mode: 0o600 },
    ],
  });
  const extract = async (name: string) =>
    (await run('unsquashfs', ['-cat', path, name], { encoding: 'buffer' })).stdout;
  assert.deepEqual(await extract('runtime.json'), runtimeConfigBytes);
  assert.equal((await extract('seccomp.json')).toString(), '{}');
  assert.equal((await extract('bundle/hooks/a.sh')).toString(), '#!/bin/sh\n');
  const { stdout } = await run('unsquashfs', ['-lln', '-UTC', path]);
  const lines = stdout.split('\n').filter((line) => line.includes('/bundle'));
  assert.deepEqual(
    lines.map((line) => line.replace(/^(\S+ \S+)\s+\d+ (\S+) \S+ squashfs-root\//, '$1 $2 ')),
    [
      'drwxr-xr-x 0/0 1970-01-01 bundle',
      '-rw------- 0/0 2023-11-14 bundle/empty',
      'drwxr-xr-x 0/0 2023-11-14 bundle/hooks',
      '-rwsr-xr-x 7/0 2023-11-14 bundle/hooks/a.sh',
      'lrwxrwxrwx 0/0 2023-11-14 bundle/hooks/b.sh -> a.sh',
    ],
  );
});

test('writeConfigDisk() refuses a configuration that the guest would not read', async (context) => {
  const path = join(await temporaryDirectory(context), 'config.squashfs');
  const runtimeConfigBytes = Buffer.alloc(1024 * 1024 + 1);
  await assert.rejects(writeConfigDisk(path, { imageConfigBytes, launch, runtimeConfigBytes }), {
    code: 'config',
    message: 'Cannot accept runtime.json: it has 1048577 bytes, at most 1048576 are allowed',
  });
});
