import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { type ElfDynamicInfo, isElf, readElf } from '../../../../image/initramfs/elf.ts';

/** The running Node and the libraries that the system has loaded into it. */
const libraries = process.report
  ? (process.report.getReport() as { sharedObjects: string[] }).sharedObjects.filter((path) =>
      /\/(libc|libstdc\+\+|libm|libgcc_s|ld-linux)[^/]*\.so/.test(path),
    )
  : [];
const files = [process.execPath, ...libraries];

const readelf = (option: string, path: string): string =>
  execFileSync('readelf', ['--wide', option, path], { encoding: 'utf8', env: { LC_ALL: 'C' } });

const matches = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map((match) => match[1] ?? '');

/** The versions that readelf -V lists as needed: `File: libc.so.6`, then `Name: GLIBC_2.34 Flags: none`. */
function neededVersions(text: string): Map<string, string[]> {
  const section = text.split('Version needs section')[1] ?? '';
  const blocks = section.split(/File: /).slice(1);
  return new Map(
    blocks.map((block) => [block.split(/\s/)[0] ?? '', matches(block, /Name: (\S+) {2}Flags: (?!.*WEAK)/g)]),
  );
}

function definedVersions(text: string): Set<string> {
  const section = text.split('Version definition section')[1]?.split('Version needs section')[0] ?? '';
  return new Set(matches(section, /Flags: .*Name: (\S+)/g));
}

test('the libraries of this process are there to be looked at', () => {
  assert.ok(libraries.some((path) => path.includes('libc.so')));
});

for (const path of files) {
  test(`readElf() reads of ${path.replace(/.*\//, '')} what readelf does`, () => {
    const info = readElf(readFileSync(path), path);
    const dynamic = readelf('--dynamic', path);
    const versions = readelf('--version-info', path);
    const header = readelf('--program-headers', path);
    const expected: ElfDynamicInfo = {
      machine: process.arch === 'arm64' ? 183 : 62,
      interpreter: matches(header, /program interpreter: (\S+)\]/g)[0],
      soname: matches(dynamic, /soname: \[(\S+)\]/g)[0],
      needed: matches(dynamic, /Shared library: \[(\S+)\]/g),
      runpath: matches(dynamic, /(?:runpath|rpath): \[(\S*)\]/g)[0],
      neededVersions: neededVersions(versions),
      definedVersions: definedVersions(versions),
    };
    assert.deepEqual(info, expected);
  });
}

test('readElf() refuses what is no 64-bit little-endian ELF file', () => {
  const node = Buffer.from(readFileSync(process.execPath).subarray(0, 4096));
  const bigEndian = Buffer.from(node);
  bigEndian[5] = 2;
  const narrow = Buffer.from(node);
  narrow[4] = 1;
  for (const bytes of [Buffer.alloc(0), Buffer.from('#!/bin/sh\n'), Buffer.alloc(100), bigEndian, narrow]) {
    assert.throws(() => readElf(bytes, 'x'), {
      name: 'FirstbornError',
      code: 'host',
      message: 'Cannot read "x" as a 64-bit little-endian ELF file',
    });
  }
});

test('readElf() refuses a file that is cut off', () => {
  const bytes = readFileSync(process.execPath).subarray(0, 1000);
  assert.throws(() => readElf(bytes, 'node'), {
    code: 'host',
    message: 'Cannot read the dynamic section of "node"',
  });
});

test('readElf() reads a file without a dynamic section as one that needs nothing', () => {
  const bytes = Buffer.alloc(64);
  Buffer.from('7f454c460201', 'hex').copy(bytes);
  bytes.writeUInt16LE(183, 18);
  assert.deepEqual(readElf(bytes, 'static'), {
    machine: 183,
    interpreter: undefined,
    soname: undefined,
    needed: [],
    runpath: undefined,
    neededVersions: new Map(),
    definedVersions: new Set(),
  });
});

test('isElf() looks at the magic and wants a whole header', () => {
  assert.equal(isElf(Buffer.from('7f454c46', 'hex')), false);
  assert.equal(isElf(Buffer.concat([Buffer.from('7f454c46', 'hex'), Buffer.alloc(60)])), true);
  assert.equal(isElf(Buffer.alloc(64)), false);
});
