import assert from 'node:assert/strict';
import { mkdir, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { MachineDirectory } from '../../../../host/machine/machine-directory.ts';
import { newStatus, writeStatus } from '../../../../host/machine/machine-files.ts';
import { removeUnfinishedMachines } from '../../../../host/machine/unfinished-machines.ts';
import { scratchDirectory } from '../../../support/scratch-directory.ts';

/** Names an owner that is dead: our own pid with another start, as of a process that ended long ago. */
const disown = ({ path }: MachineDirectory): Promise<void> =>
  writeFile(join(path, 'owner'), `${process.pid} 1\n`);

describe('removeUnfinishedMachines()', () => {
  it('removes what a killed preparation left and nothing else', async (context) => {
    const machinesDir = scratchDirectory(context);
    const underWay = await MachineDirectory.create(machinesDir);
    const machine = await MachineDirectory.create(machinesDir);
    await disown(machine);
    writeStatus(machine, newStatus());
    const abandoned = await MachineDirectory.create(machinesDir);
    await disown(abandoned);
    await removeUnfinishedMachines(machinesDir);
    assert.deepEqual((await readdir(machinesDir)).toSorted(), [underWay.id, machine.id].toSorted());
  });

  it('removes a directory without a name in it only when it is old', async (context) => {
    const machinesDir = scratchDirectory(context);
    for (const name of ['young', 'old', 'console']) await mkdir(join(machinesDir, name));
    await writeFile(join(machinesDir, 'console', 'console.log'), 'panic');
    const hourAgo = Date.now() / 1000 - 3601;
    for (const name of ['old', 'console']) await utimes(join(machinesDir, name), hourAgo, hourAgo);
    await removeUnfinishedMachines(machinesDir);
    assert.deepEqual((await readdir(machinesDir)).toSorted(), ['console', 'young']);
  });

  it('does nothing where there are no machines', async (context) => {
    const machinesDir = scratchDirectory(context);
    await rm(machinesDir, { recursive: true });
    await removeUnfinishedMachines(machinesDir);
  });
});
