import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { MachineDirectory } from '../../../../host/machine/machine-directory.ts';

let machinesDir = '';
beforeEach(async () => {
  machinesDir = join(await mkdtemp(join(tmpdir(), 'fb-')), 'machines');
});
afterEach(() => rm(join(machinesDir, '..'), { recursive: true }));

describe('MachineDirectory', () => {
  it('makes a directory of its own for every machine, closed to others', async () => {
    const one = await MachineDirectory.create(machinesDir);
    const other = await MachineDirectory.create(machinesDir);
    assert.match(one.id, /^[0-9a-f]{16}$/);
    assert.notEqual(one.id, other.id);
    assert.equal((await stat(one.path)).mode & 0o777, 0o700);
    assert.equal(one.channelSocketPath, join(machinesDir, one.id, 'channel.sock'));
  });

  it('keeps nothing but the console log after a failure', async () => {
    const directory = await MachineDirectory.create(machinesDir);
    await writeFile(directory.consoleLogPath, 'panic');
    await writeFile(directory.configDiskPath, 'disk');
    await directory.removeAllButConsoleLog();
    assert.deepEqual(await readdir(directory.path), ['console.log']);
  });

  it('goes whole after a failure that came before any console', async () => {
    const directory = await MachineDirectory.create(machinesDir);
    await directory.removeAllButConsoleLog();
    assert.deepEqual(await readdir(machinesDir), []);
  });

  it('refuses a place whose socket paths would be too long', async () => {
    const longDir = join(machinesDir, 'x'.repeat(100));
    await assert.rejects(MachineDirectory.create(longDir), {
      code: 'host',
      message: /^Cannot keep machines in ".*": a socket's path would have \d+ bytes, at most 107$/,
    });
  });

  it('says so when the place can not be written', async () => {
    await mkdir(join(machinesDir, '..'), { recursive: true });
    await writeFile(machinesDir, 'a file');
    await assert.rejects(MachineDirectory.create(machinesDir), {
      code: 'host',
      message: /^Cannot make the machine's directory /,
    });
  });
});
