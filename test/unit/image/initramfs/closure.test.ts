import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import {
  checkClosure,
  collectClosure,
  librarySearchPath,
  type RuntimeArchitecture,
} from '../../../../image/initramfs/closure.ts';
import type { CpioEntry } from '../../../../image/initramfs/cpio.ts';
import { readElf } from '../../../../image/initramfs/elf.ts';
import { scratchDirectory } from '../../../support/scratch-directory.ts';

const architecture: RuntimeArchitecture = process.arch === 'arm64' ? 'arm64' : 'x64';
type FileEntry = Extract<CpioEntry, { type: 'file' }>;
let entries: FileEntry[] = [];

const entry = async (hostPath: string, path: string): Promise<FileEntry> => ({
  type: 'file',
  path,
  mode: 0o755,
  content: await readFile(hostPath),
});

before(async () => {
  const closure = await collectClosure([process.execPath], architecture);
  entries = await Promise.all([
    entry(process.execPath, 'bin/node'),
    ...closure.map((file) => entry(file.hostPath, file.guestPath)),
  ]);
});

/** The entries with one file's bytes changed; the real ones stay as they are. */
function withBytes(path: string, change: (bytes: Buffer) => void): FileEntry[] {
  return entries.map((one) => {
    if (!one.path.endsWith(path)) return one;
    const content = Buffer.from(one.content);
    change(content);
    return { ...one, content };
  });
}

const refusal = (message: RegExp | string): object => ({ name: 'FirstbornError', code: 'host', message });

test('collectClosure() finds what Node needs, the linker included, each once and in order', async () => {
  const paths = entries.slice(1).map((one) => one.path);
  assert.deepEqual(paths, paths.toSorted());
  assert.equal(new Set(paths).size, paths.length);
  const { interpreter = '', needed } = readElf(await readFile(process.execPath), 'node');
  assert.ok(paths.includes(interpreter.slice(1)));
  for (const soname of needed) {
    assert.ok(
      paths.some((path) => path.endsWith(`/${soname}`)),
      soname,
    );
  }
});

test('collectClosure() names a library that this machine does not have', async (context) => {
  const [changed] = withBytes('/libstdc++.so.6', (bytes) => {
    // The same length, so that nothing else moves.
    bytes.write('libm.so.9', bytes.indexOf('libm.so.6\0'));
  }).filter((one) => one.path.endsWith('/libstdc++.so.6'));
  assert.ok(changed !== undefined);
  const path = join(scratchDirectory(context), 'library');
  await writeFile(path, changed.content);
  await assert.rejects(
    collectClosure([path], architecture),
    refusal('Cannot find the shared library "libm.so.9" on this machine'),
  );
});

test('checkClosure() accepts what collectClosure() found', () => {
  assert.doesNotThrow(() => checkClosure(entries, architecture));
});

test('checkClosure() names each library that is missing and who needs it', () => {
  const removable = entries.filter((one) => /\/lib(c|m|stdc\+\+)\.so\.\d+$/.test(one.path));
  assert.equal(removable.length, 3);
  for (const removed of removable) {
    const soname = removed.path.replace(/.*\//, '');
    const rest = entries.filter((one) => one !== removed);
    assert.throws(
      () => checkClosure(rest, architecture),
      (error: Error) =>
        error.message.startsWith('Cannot run the initramfs by itself: ') &&
        error.message.includes(`"bin/node" needs "${soname}"`),
    );
  }
});

test('checkClosure() names an interpreter that is missing', () => {
  const rest = entries.filter((one) => !one.path.includes('ld-linux'));
  assert.throws(
    () => checkClosure(rest, architecture),
    refusal(/"bin\/node" needs the interpreter "\/lib[^"]*ld-linux[^"]*"/),
  );
});

test('checkClosure() does not find a library outside the default directories', () => {
  const moved = entries.map((one) =>
    one.path.endsWith('/libm.so.6') ? { ...one, path: 'opt/libm.so.6' } : one,
  );
  assert.throws(() => checkClosure(moved, architecture), refusal(/"bin\/node" needs "libm\.so\.6"/));
});

test('checkClosure() refuses a library for another machine', () => {
  const changed = withBytes('/libm.so.6', (bytes) => bytes.writeUInt16LE(243, 18)); // RISC-V
  assert.throws(
    () => checkClosure(changed, architecture),
    refusal(/"bin\/node" needs "libm\.so\.6" for machine \d+, "[^"]*\/libm\.so\.6" is for 243/),
  );
});

test('checkClosure() refuses a library without a symbol version that is asked for', () => {
  const changed = withBytes('/libstdc++.so.6', (bytes) => {
    const at = bytes.indexOf('GLIBC_2.17\0');
    assert.notEqual(at, -1);
    bytes.write('GLIBC_9.99', at);
  });
  assert.throws(
    () => checkClosure(changed, architecture),
    refusal(/libstdc\+\+\.so\.6" needs GLIBC_9\.99 of "libc\.so\.6"/),
  );
});

test('checkClosure() pays no heed to scripts, data and what is no file', () => {
  const others: CpioEntry[] = [
    { type: 'directory', path: 'lib', mode: 0o755 },
    { type: 'char', path: 'dev/null', mode: 0o666, major: 1, minor: 3 },
    { type: 'symlink', path: 'sbin', target: 'bin' },
    { type: 'file', path: 'init', mode: 0o755, content: Buffer.from('#!/bin/node\n') },
    { type: 'file', path: 'empty', mode: 0o644, content: Buffer.alloc(0) },
  ];
  assert.doesNotThrow(() => checkClosure([...others, ...entries], architecture));
});

test('checkClosure() looks at its entry and not at the rest of a shared buffer', () => {
  const shared = entries.map((one) => {
    if (one.path === 'bin/node') return one; // big
    const padded = Buffer.concat([Buffer.alloc(16), one.content, Buffer.alloc(16)]);
    return { ...one, content: new Uint8Array(padded.buffer, padded.byteOffset + 16, one.content.length) };
  });
  assert.doesNotThrow(() => checkClosure(shared, architecture));
});

test('librarySearchPath() is that of the linker on Debian, without a leading slash', () => {
  assert.deepEqual(librarySearchPath('arm64').slice(0, 2), [
    'lib/aarch64-linux-gnu',
    'usr/lib/aarch64-linux-gnu',
  ]);
  assert.ok(librarySearchPath('x64').includes('lib64'));
});
