import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { checkName, MachineNames, makeName } from '../../../../host/client/machine-names.ts';
import { machineNamePattern } from '../../../../host/machine/machine-record.ts';
import { stateDirectory, type StateDirectory } from '../../../../host/state-directory.ts';
import { scratchDirectory } from '../../../support/scratch-directory.ts';

interface Place {
  names: MachineNames;
  state: StateDirectory;
  /** Makes and removes the directory of a machine. */
  add: (id: string) => void;
  remove: (id: string) => void;
}

function place(context: TestContext): Place {
  const state = stateDirectory({ FIRSTBORN_STATE_DIR: scratchDirectory(context) });
  return {
    names: new MachineNames(state),
    state,
    add: (id) => mkdirSync(join(state.machinesDir, id), { recursive: true }),
    remove: (id) => rmdirSync(join(state.machinesDir, id)),
  };
}

describe('MachineNames', () => {
  it('reserves the name that was asked for', async (context) => {
    const { names, state, add } = place(context);
    add('1234');
    assert.equal(await names.reserve('web', '1234'), 'web');
    assert.equal(await names.find('web'), '1234');
    assert.equal(readFileSync(join(state.namesDir, 'web'), 'utf8'), '1234');
  });

  it('refuses a name that is taken, and says by whom', async (context) => {
    const { names, add } = place(context);
    add('1234');
    await names.reserve('web', '1234');
    await assert.rejects(names.reserve('web', '5678'), {
      code: 'host',
      message: 'Cannot create "web": the name is taken by machine 1234',
    });
  });

  it('takes over the name of a machine that is gone', async (context) => {
    const { names, add, remove } = place(context);
    add('1234');
    await names.reserve('web', '1234');
    remove('1234');
    add('5678');
    assert.equal(await names.reserve('web', '5678'), 'web');
    assert.equal(await names.find('web'), '5678');
  });

  it('lets one of many that want the same name at once have it', async (context) => {
    const { names, state, add } = place(context);
    const ids = Array.from({ length: 12 }, (_, index) => `machine${index}`);
    for (const id of ids) add(id);
    const results = await Promise.allSettled(
      // Each with a view of its own, as processes would.
      ids.map((id) => new MachineNames(state).reserve('web', id)),
    );
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
    assert.equal(
      results.findIndex(({ status }) => status === 'fulfilled'),
      ids.indexOf((await names.find('web')) ?? ''),
    );
  });

  it('makes names up that nobody has', async (context) => {
    const { names, state, add } = place(context);
    const made = new Set<string>();
    for (let count = 0; count < 30; count += 1) {
      add(`machine${count}`);
      made.add(await names.reserve(undefined, `machine${count}`));
    }
    assert.equal(made.size, 30);
    assert.deepEqual(
      readdirSync(state.namesDir)
        .filter((name) => !name.startsWith('.'))
        .toSorted(),
      [...made].toSorted(),
    );
  });

  it('knows no name that no machine can have', async (context) => {
    const { names } = place(context);
    for (const name of ['web', '../machines', '.lock', '']) assert.equal(await names.find(name), undefined);
  });
});

describe('makeName()', () => {
  it('makes two words, with a number when those are not enough', () => {
    assert.match(makeName(0), /^[a-z]+-[a-z]+$/);
    assert.match(makeName(39), /^[a-z]+-[a-z]+-\d{3}$/);
    for (let attempt = 0; attempt < 40; attempt += 1) assert.match(makeName(attempt), machineNamePattern);
  });
});

describe('checkName()', () => {
  it('takes what docker takes', () => checkName('Web_1.x-y'));
  for (const name of ['', '-a', 'a b', 'a/b', '.a', 'ä', 'a'.repeat(64)]) {
    it(`refuses "${name}"`, () => assert.throws(() => checkName(name), { code: 'usage' }));
  }
});
