import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import { describeKernel } from '../../../../image/kernel/kernel.ts';
import { scratchDirectory } from '../../../support/scratch-directory.ts';

const banner = 'Linux version 6.1.0-9-cloud (build@host) (gcc) #1 SMP\n';

/** The parts of a bzImage's first sectors that tell its release (boot.rst). */
function bzImage(versionAt: number, version: string): Buffer {
  const head = Buffer.alloc(0x8000);
  head.write('HdrS', 0x202, 'latin1');
  head.writeUInt16LE(versionAt === 0 ? 0 : versionAt - 0x200, 0x20e);
  if (versionAt > 0) head.write(`${version}\0`, versionAt, 'latin1');
  return head;
}

function vmlinux(text: string): Buffer {
  const bytes = Buffer.alloc(0x8000);
  Buffer.from('7f454c46', 'hex').copy(bytes);
  bytes.write(text, 0x5003, 'latin1');
  return bytes;
}

function arm64Image(text: string): Buffer {
  const bytes = Buffer.alloc(0x30000);
  bytes.write('ARM\x64', 56, 'latin1');
  bytes.write(text, 0x2f000, 'latin1');
  return bytes;
}

const kernels: [what: string, bytes: Buffer, release: string | undefined][] = [
  ['a bzImage', bzImage(0x3000, '6.1.0-9-cloud (build@host) #1 SMP'), '6.1.0-9-cloud'],
  ['a bzImage that says nothing of itself', bzImage(0, ''), undefined],
  ['an uncompressed vmlinux', vmlinux(banner), '6.1.0-9-cloud'],
  ['an arm64 Image whose banner is far behind', arm64Image(banner), '6.1.0-9-cloud'],
  ['an arm64 Image in gzip', gzipSync(arm64Image(banner), { level: 0 }), '6.1.0-9-cloud'],
];
for (const [what, bytes, release] of kernels) {
  test(`describeKernel() finds ${release ?? 'no release'} in ${what}`, async (context) => {
    const path = writeKernel(context, bytes);
    assert.deepEqual(await describeKernel(path), { path, release });
  });
}

const others: [what: string, bytes: Buffer][] = [
  ['nothing', Buffer.alloc(0)],
  ['a program that is no kernel', vmlinux('')],
  ['a short text', Buffer.from('Linux version 6.1.0')],
  ['zeros', Buffer.alloc(0x8000)],
  ['a script', Buffer.from(`#!/bin/sh\n${'#'.repeat(0x8000)}`)],
  ['an archive in gzip', gzipSync(Buffer.alloc(0x8000, 'text'), { level: 0 })],
];
for (const [what, bytes] of others) {
  test(`describeKernel() refuses ${what}`, async (context) => {
    const path = writeKernel(context, bytes);
    await assert.rejects(describeKernel(path), {
      code: 'host',
      message: `Cannot boot "${path}": expected a bzImage, a vmlinux or an arm64 Image`,
    });
  });
}

test('describeKernel() refuses gzip that is damaged', async (context) => {
  const bytes = gzipSync(arm64Image(banner), { level: 0 });
  const path = writeKernel(context, bytes.subarray(0, bytes.length / 2));
  await assert.rejects(describeKernel(path), { code: 'host', message: `Cannot read the kernel "${path}"` });
});

test('describeKernel() says which kernel could not be read', async () => {
  await assert.rejects(describeKernel('/nowhere/vmlinuz'), {
    code: 'host',
    message: 'Cannot read the kernel "/nowhere/vmlinuz"',
  });
});

test('describeKernel() refuses a directory', async (context) => {
  const directory = scratchDirectory(context);
  await assert.rejects(describeKernel(directory), {
    code: 'host',
    message: `Cannot read the kernel "${directory}"`,
  });
});

function writeKernel(context: TestContext, bytes: Buffer): string {
  const path = join(scratchDirectory(context), 'kernel');
  writeFileSync(path, bytes);
  return path;
}
