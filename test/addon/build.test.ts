import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { buildAddon } from '../../addon/build.ts';
import { loadNative } from '../../addon/load.ts';
import { addonPath } from './support/native.ts';
import { scratchDirectory } from './support/scratch.ts';

const scratch = scratchDirectory();
const projectRoot = join(import.meta.dirname, '../..');

describe('buildAddon()', () => {
  it('gives the same bytes at another place and no path of this machine', async () => {
    const outPath = join(scratch, 'deep', 'other.node');
    await buildAddon({ outPath });
    const bytes = readFileSync(outPath);
    assert.ok(bytes.equals(readFileSync(addonPath)));
    assert.equal(bytes.indexOf(projectRoot), -1);
  });

  it('does nothing when the inputs are the same', async () => {
    const before = statSync(addonPath, { bigint: true }).mtimeNs;
    await buildAddon({ outPath: addonPath });
    assert.equal(statSync(addonPath, { bigint: true }).mtimeNs, before);
  });

  it('needs no shared object but those that Node needs itself', () => {
    const byNode = new Set(needed(process.execPath));
    for (const name of needed(addonPath)) assert.ok(byNode.has(name), name);
  });

  it('binds every symbol at load time, as code between clone and exec needs', () => {
    assert.match(execFileSync('readelf', ['-d', addonPath], { encoding: 'utf8' }), /BIND_NOW|FLAGS_1.*NOW/);
  });

  it('reports a compiler that is missing and one that fails, and leaves nothing behind', async () => {
    const outPath = join(scratch, 'failed', 'addon.node');
    await assert.rejects(buildAddon({ outPath, compiler: '/nowhere/g++' }), {
      message: 'Cannot find the compiler "/nowhere/g++"',
    });
    const failing = join(scratch, 'failing');
    writeFileSync(failing, '#!/bin/sh\n[ "$1" = --version ] && exit 0\necho "its own words" >&2\nexit 1\n', {
      mode: 0o755,
    });
    await assert.rejects(
      buildAddon({ outPath, compiler: failing }),
      /Cannot build the addon.*\nits own words/,
    );
    assert.equal(execFileSync('ls', ['-A', join(scratch, 'failed')], { encoding: 'utf8' }), '');
  });
});

describe('loadNative()', () => {
  it('reports a missing file and a file that is no addon', () => {
    assert.throws(() => loadNative(join(scratch, 'gone.node')), /cannot open shared object file/);
    assert.throws(() => loadNative(import.meta.filename), /invalid ELF header/);
  });
});

/** The shared objects that an ELF file asks for. */
function needed(path: string): string[] {
  const dynamic = execFileSync('readelf', ['-d', path], { encoding: 'utf8' });
  return [...dynamic.matchAll(/NEEDED.*\[(.*)\]/g)].map(([, name]) => name as string);
}
