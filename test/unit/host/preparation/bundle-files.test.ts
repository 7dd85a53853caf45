import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { readBundleFiles } from '../../../../host/preparation/bundle-files.ts';
import type { RuntimeSource } from '../../../../host/preparation/runtime-source.ts';
import type { SpecMount } from '../../../../protocol/oci/runtime-spec.ts';
import { scratchDirectory } from '../../../support/scratch-directory.ts';

function makeBundle(context: TestContext): string {
  const directory = scratchDirectory(context);
  mkdirSync(join(directory, 'rootfs/bin'), { recursive: true });
  writeFileSync(join(directory, 'rootfs/bin/sh'), '');
  writeFileSync(join(directory, 'config.json'), '{}');
  mkdirSync(join(directory, 'hooks'));
  writeFileSync(join(directory, 'hooks/start.sh'), '#!/bin/sh\n');
  chmodSync(join(directory, 'hooks/start.sh'), 0o755);
  utimesSync(join(directory, 'hooks/start.sh'), 1_700_000_000, 1_700_000_000);
  symlinkSync('start.sh', join(directory, 'hooks/stop.sh'));
  return directory;
}

const sourceOf = (directory: string, mounts: SpecMount[] = [], rootPath = 'rootfs'): RuntimeSource => ({
  path: join(directory, 'config.json'),
  configBytes: Buffer.from('{}'),
  spec: { ociVersion: '1.2.0', mounts },
  warnings: [],
  bundle: { directory, rootDirectory: join(directory, rootPath) },
});

const bind = (source: string): SpecMount => ({ destination: '/x', type: 'bind', source, options: ['bind'] });

describe('readBundleFiles()', () => {
  it('takes everything but the configuration and the root', async (context) => {
    const directory = makeBundle(context);
    const entries = (await readBundleFiles(sourceOf(directory))) ?? [];
    assert.deepEqual(
      entries.map(({ path, type }) => `${type} ${path}`),
      ['directory hooks', 'file hooks/start.sh', 'symlink hooks/stop.sh'],
    );
    const [, script, link] = entries;
    assert.deepEqual(
      [script?.mode, script?.mtimeSeconds, script?.content?.toString()],
      [0o755, 1_700_000_000, '#!/bin/sh\n'],
    );
    assert.equal(link?.linkTarget, 'start.sh');
  });

  it('keeps names that are no UTF-8', async (context) => {
    const directory = makeBundle(context);
    writeFileSync(Buffer.concat([Buffer.from(`${directory}/`), Buffer.of(0x66, 0xff)]), 'x');
    const entries = (await readBundleFiles(sourceOf(directory))) ?? [];
    assert.equal(entries.find(({ path }) => path.startsWith('f'))?.path, 'f\udcff');
  });

  it('leaves out what is no file', async (context) => {
    const directory = makeBundle(context);
    execFileSync('mkfifo', [join(directory, 'exec.fifo')]);
    const entries = (await readBundleFiles(sourceOf(directory))) ?? [];
    assert.equal(entries.length, 3);
  });

  it('has nothing to take when the bundle is the root', async (context) => {
    const directory = makeBundle(context);
    assert.deepEqual(await readBundleFiles(sourceOf(directory, [], '.')), []);
    assert.equal(await readBundleFiles({ ...sourceOf(directory), bundle: undefined }), undefined);
  });

  it('accepts bind mounts of what it takes', async (context) => {
    const directory = makeBundle(context);
    const mounts = ['hooks', './hooks/start.sh', 'hooks/', '.', '/etc', 'hooks/../hooks/stop.sh'].map(bind);
    assert.equal((await readBundleFiles(sourceOf(directory, mounts)))?.length, 3);
  });

  for (const source of ['data', '../data', 'rootfs/bin', 'hooks/start.sh/x']) {
    it(`refuses a bind mount of "${source}"`, async (context) => {
      const directory = makeBundle(context);
      await assert.rejects(readBundleFiles(sourceOf(directory, [bind('/a'), bind(source)])), {
        code: 'config',
        message: `Cannot accept "${directory}/config.json": mounts[1].source: expected something of the bundle beside "rootfs" in place of "${source}"`,
      });
    });
  }

  it('refuses more than the guest is to keep', async (context) => {
    const directory = makeBundle(context);
    writeFileSync(join(directory, 'large'), '');
    truncateSync(join(directory, 'large'), 64 * 1024 * 1024 + 1);
    await assert.rejects(readBundleFiles(sourceOf(directory)), {
      code: 'host',
      message: `Cannot take the bundle "${directory}": beside its root it may hold at most 67108864 bytes`,
    });
  });
});
