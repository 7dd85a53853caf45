import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { inspectVolumeSource, readSuperblock } from '../../../../host/launch/volume-source.ts';
import { scratchDirectory } from '../../../support/scratch-directory.ts';

/** A head with bytes at an offset. */
function head(offset: number, bytes: readonly number[], more: [offset: number, byte: number][] = []): Buffer {
  const buffer = Buffer.alloc(4096);
  Buffer.from(bytes).copy(buffer, offset);
  for (const [at, byte] of more) buffer[at] = byte;
  return buffer;
}
const ext4Magic = [0x53, 0xef];

describe('readSuperblock()', () => {
  for (const [what, bytes, expected] of [
    ['squashfs', head(0, [0x68, 0x73, 0x71, 0x73]), { format: 'squashfs', needsRecovery: false }],
    ['EROFS', head(1024, [0xe2, 0xe1, 0xf5, 0xe0]), { format: 'erofs', needsRecovery: false }],
    ['ext4', head(1080, ext4Magic), { format: 'ext4', needsRecovery: false }],
    [
      'an ext4 with a full journal',
      head(1080, ext4Magic, [[1120, 0x46]]),
      { format: 'ext4', needsRecovery: true },
    ],
    ['zeros', head(0, []), undefined],
    ['nothing', Buffer.alloc(0), undefined],
    ['a short file', Buffer.alloc(1100), undefined],
  ] as const) {
    it(`knows ${what}`, () => assert.deepEqual(readSuperblock(bytes), expected));
  }
});

describe('inspectVolumeSource()', () => {
  it('follows links to directories and to files', async (context) => {
    const directory = scratchDirectory(context);
    symlinkSync('.', join(directory, 'here'));
    assert.deepEqual(await inspectVolumeSource(join(directory, 'here')), {
      kind: 'directory',
      path: directory,
    });
    const path = join(directory, 'disk');
    writeFileSync(path, '');
    truncateSync(path, 4 * 1024 * 1024);
    execFileSync('mkfs.ext4', ['-q', path]);
    symlinkSync('disk', join(directory, 'link'));
    const expected = { kind: 'disk', path, format: 'ext4', needsRecovery: false };
    assert.deepEqual(await inspectVolumeSource(join(directory, 'link')), expected);
  });

  it('refuses what is neither', async (context) => {
    const directory = scratchDirectory(context);
    writeFileSync(join(directory, 'text'), 'hello');
    execFileSync('mkfifo', [join(directory, 'fifo')]);
    for (const path of [join(directory, 'text'), join(directory, 'fifo'), '/dev/null']) {
      await assert.rejects(inspectVolumeSource(path), {
        code: 'host',
        message: `Cannot mount "${path}": expected a directory, or a file with an ext4, squashfs or EROFS file system`,
      });
    }
    await assert.rejects(inspectVolumeSource(join(directory, 'gone')), {
      code: 'host',
      message: `Cannot mount "${join(directory, 'gone')}"`,
    });
  });
});
