import assert from 'node:assert/strict';
import { test } from 'node:test';
import { detectDiskFormat } from '../../../../init/phases/config.ts';

function head(lengthBytes: number, offset: number, hex: string): Buffer {
  const bytes = Buffer.alloc(lengthBytes);
  Buffer.from(hex, 'hex').copy(bytes, offset);
  return bytes;
}

const heads: [what: string, bytes: Buffer, format: string | undefined][] = [
  ['squashfs', head(4096, 0, '68737173'), 'squashfs'],
  ['squashfs on a tiny disk', head(4, 0, '68737173'), 'squashfs'],
  ['EROFS', head(4096, 1024, 'e2e1f5e0'), 'erofs'],
  ['EROFS whose superblock is cut off', head(1027, 1024, 'e2e1f5'), undefined],
  ['big-endian squashfs of long ago', head(4096, 0, '73717368'), undefined],
  ['ext4', head(4096, 1024 + 56, '53ef'), undefined],
  ['zeros', Buffer.alloc(4096), undefined],
  ['nothing', Buffer.alloc(0), undefined],
];
for (const [what, bytes, format] of heads) {
  test(`detectDiskFormat() sees ${format ?? 'no known format'} in ${what}`, () => {
    assert.equal(detectDiskFormat(bytes), format);
  });
}
