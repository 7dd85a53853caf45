import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { findQemu } from '../../../../host/vm/qemu-program.ts';

describe('findQemu()', () => {
  let directory = '';
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'firstborn-'));
    for (const [name, body] of [
      ['good', 'echo "QEMU emulator version 7.2.22 (Debian 1:7.2)"'],
      ['bad', 'exit 3'],
    ] as const) {
      const path = join(directory, name, 'qemu-system-x86_64');
      await mkdir(join(directory, name));
      await writeFile(path, `#!/bin/sh\n${body}\n`);
      await chmod(path, 0o755);
    }
    await mkdir(join(directory, 'other/qemu-system-x86_64'), { recursive: true });
  });
  after(() => rm(directory, { recursive: true }));

  it('takes the first program in the search path and asks for its version', async () => {
    const searchPath = `:${join(directory, 'other')}:${join(directory, 'good')}:${join(directory, 'bad')}`;
    assert.deepEqual(await findQemu('x86_64', searchPath), {
      path: join(directory, 'good/qemu-system-x86_64'),
      version: '7.2.22',
    });
  });

  it('says what to install when there is none', async () => {
    await assert.rejects(findQemu('aarch64', join(directory, 'good')), {
      code: 'host',
      message: 'Cannot find the program "qemu-system-aarch64": install it (Debian package qemu-system-arm)',
    });
  });

  it('refuses a program that does not run', async () => {
    await assert.rejects(findQemu('x86_64', join(directory, 'bad')), {
      message: `Cannot run "${join(directory, 'bad/qemu-system-x86_64')}"`,
    });
  });
});
