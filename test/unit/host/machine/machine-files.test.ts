import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { MachineDirectory } from '../../../../host/machine/machine-directory.ts';
import { newStatus, readRecord, readStatus, writeStatus } from '../../../../host/machine/machine-files.ts';
import { namePath, releaseName } from '../../../../host/machine/machine-name.ts';
import { scratchDirectory } from '../../../support/scratch-directory.ts';
import { makeFakeMachine } from '../../../support/fake-vm/fake-machine.ts';

describe("a machine's files", () => {
  it('are read as they were written', async (context) => {
    const { directory, record } = await makeFakeMachine(context, { workloads: [['exit']] });
    assert.deepEqual(await readRecord(directory), record);
    const status = { ...newStatus(), state: 'running' as const, restarts: 3 };
    writeStatus(directory, status);
    assert.deepEqual(await readStatus(directory), status);
    assert.equal(statSync(directory.statusPath).mode & 0o777, 0o600);
    assert.ok(!readdirSync(directory.path).some((name) => name.endsWith('.new')));
  });

  it('are refused with the path of what is wrong', async (context) => {
    const { directory } = await makeFakeMachine(context, { workloads: [] });
    writeFileSync(directory.statusPath, JSON.stringify({ ...newStatus(), state: 'asleep' }));
    await assert.rejects(readStatus(directory), { code: 'host', message: /status\.json": state: / });
    writeFileSync(directory.recordPath, '{"version":');
    await assert.rejects(readRecord(directory), {
      code: 'host',
      message: /^Cannot parse ".*machine\.json" as JSON$/,
    });
    rmSync(directory.recordPath);
    await assert.rejects(readRecord(directory), { code: 'host', message: /^Cannot read ".*machine\.json"$/ });
  });

  it('can not be written where there is no directory', (context) => {
    const directory = new MachineDirectory(join(scratchDirectory(context), 'none'));
    assert.throws(() => writeStatus(directory, newStatus()), { code: 'host', message: /^Cannot write "/ });
  });
});

describe('releaseName()', () => {
  it("removes a machine's name and no other machine's", async (context) => {
    const root = scratchDirectory(context);
    const directory = new MachineDirectory(join(root, 'machines', '0123456789abcdef'));
    mkdirSync(join(root, 'names'));
    writeFileSync(namePath(directory, 'mine'), '0123456789abcdef\n');
    writeFileSync(namePath(directory, 'theirs'), 'fedcba9876543210\n');
    await releaseName(directory, 'mine');
    await releaseName(directory, 'theirs');
    await releaseName(directory, 'nobodys');
    assert.deepEqual(readdirSync(join(root, 'names')), ['theirs']);
    assert.equal(readFileSync(namePath(directory, 'theirs'), 'utf8'), 'fedcba9876543210\n');
  });
});
