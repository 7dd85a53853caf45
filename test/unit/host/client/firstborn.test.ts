import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Progress } from '../../../../host/client/index.ts';
import { fakeFirstborn, type FakeInstallation } from './fake-installation.ts';

const nothing = { workloads: [['exit', '0']] };

/** Names that are taken, the lock aside. */
function names({ stateDir }: FakeInstallation): string[] {
  const namesDir = join(stateDir, 'names');
  return existsSync(namesDir) ? readdirSync(namesDir).filter((name) => !name.startsWith('.')) : [];
}

describe('Firstborn.create()', () => {
  it('makes a machine that nobody has started', async (context) => {
    const { firstborn, image } = fakeFirstborn(context, nothing);
    const steps = new Set<Progress['step']>();
    const machine = await firstborn.create(
      { image, name: 'web', accelerator: 'tcg', labels: { team: 'a' }, workload: { command: ['serve'] } },
      { onProgress: ({ step }) => steps.add(step) },
    );
    const { record, state, status } = await machine.info();
    assert.deepEqual(
      [machine.name, state, status.exit, record.labels],
      ['web', 'created', null, { team: 'a' }],
    );
    assert.deepEqual([record.command, record.image, record.id], [['serve'], image, machine.id]);
    assert.ok(steps.has('write root disk') && steps.has('write config disk'));
    const events: string[] = [];
    for await (const { event } of machine.events()) events.push(event.event);
    assert.deepEqual(events, ['created']);
  });

  it('leaves nothing behind when the image is bad', async (context) => {
    const installation = fakeFirstborn(context, nothing);
    await assert.rejects(installation.firstborn.create({ image: '/nonexistent', name: 'web' }), {
      code: 'image',
    });
    assert.deepEqual([installation.machineIds(), names(installation)], [[], []]);
  });

  it('leaves nothing behind when it is aborted', async (context) => {
    const installation = fakeFirstborn(context, nothing);
    const { firstborn, image } = installation;
    const abort = new AbortController();
    const created = firstborn.create(
      { image, accelerator: 'tcg' },
      { signal: abort.signal, onPrepared: () => abort.abort(new Error('enough')) },
    );
    await assert.rejects(created, { message: 'enough' });
    assert.deepEqual([installation.machineIds(), names(installation)], [[], []]);
  });

  it('refuses a name that is in use, and prepares nothing', async (context) => {
    const { firstborn, image, machineIds } = fakeFirstborn(context, nothing);
    const { id } = await firstborn.create({ image, name: 'web', accelerator: 'tcg' });
    await assert.rejects(firstborn.create({ image, name: 'web' }), {
      code: 'host',
      message: `Cannot create "web": the name is taken by machine ${id}`,
    });
    assert.deepEqual(machineIds(), [id]);
  });

  it('removes what a preparation that was killed has left', async (context) => {
    const { firstborn, image, stateDir, machineIds } = fakeFirstborn(context, nothing);
    const leftOver = join(stateDir, 'machines/0123456789abcdef');
    mkdirSync(leftOver, { recursive: true });
    // Nobody has had this pid at that time.
    writeFileSync(join(leftOver, 'owner'), '1 0\n');
    const { id } = await firstborn.create({ image, accelerator: 'tcg' });
    assert.deepEqual(machineIds(), [id]);
  });
});

describe('Firstborn.machine()', () => {
  it('finds a machine by name, id and the beginning of its id', async (context) => {
    const { firstborn, image } = fakeFirstborn(context, nothing);
    const { id } = await firstborn.create({ image, name: 'web', accelerator: 'tcg' });
    for (const reference of ['web', id, id.slice(0, 5)])
      assert.equal((await firstborn.machine(reference)).id, id);
    for (const reference of ['we', `${id}0`, '', '..']) {
      await assert.rejects(firstborn.machine(reference), {
        code: 'host',
        message: `Cannot find a machine "${reference}"`,
      });
    }
  });

  it('prefers a name to the beginning of an id', async (context) => {
    const { firstborn, image } = fakeFirstborn(context, nothing);
    const { id } = await firstborn.create({ image, accelerator: 'tcg' });
    const other = await firstborn.create({ image, name: id.slice(0, 4), accelerator: 'tcg' });
    assert.equal((await firstborn.machine(id.slice(0, 4))).id, other.id);
  });

  it('does not choose between several', async (context) => {
    const { firstborn, stateDir } = fakeFirstborn(context, nothing);
    for (const id of ['abc1', 'abc2']) mkdirSync(join(stateDir, 'machines', id), { recursive: true });
    await assert.rejects(firstborn.machine('abc'), {
      message: 'Cannot tell which machine "abc" is: abc1, abc2',
    });
  });
});

describe('Firstborn.machines()', () => {
  it('lists the oldest first and leaves out what is not complete', async (context) => {
    const { firstborn, image, stateDir } = fakeFirstborn(context, nothing);
    assert.deepEqual(await firstborn.machines(), []);
    for (const name of ['one', 'two']) await firstborn.create({ image, name, accelerator: 'tcg' });
    mkdirSync(join(stateDir, 'machines/0123'));
    const listed = (await firstborn.machines()).map(({ record }) => record.name);
    assert.deepEqual(listed, ['one', 'two']);
    rmSync(join(stateDir, 'machines'), { recursive: true });
    assert.deepEqual(await firstborn.machines(), []);
  });
});
