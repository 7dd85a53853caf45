import assert from 'node:assert/strict';
import { mkdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { CLONE_NEWNS, MS_BIND, MS_PRIVATE, MS_REC } from '../../addon/constants.ts';
import type { Plan } from '../../addon/plan.ts';
import { type ChildResult, runChild, shell } from './support/child.ts';
import { scratchDirectory } from './support/scratch.ts';

const scratch = scratchDirectory();
let runs = 0;

/** Nodes that every machine has stand in for disks. */
type Serials = Readonly<Record<string, string | undefined>>;

/** Runs a plan in a mount namespace whose /sys/block has these disks. Gives the place for a link, too. */
async function withDisks(
  serials: Serials,
  build: (plan: Plan, link: string) => void,
): Promise<ChildResult & { link: string }> {
  const directory = join(scratch, String((runs += 1)));
  const disks = join(directory, 'block');
  for (const [name, serial] of Object.entries(serials)) {
    mkdirSync(join(disks, name), { recursive: true });
    if (serial !== undefined) writeFileSync(join(disks, name, 'serial'), serial);
  }
  const link = join(directory, 'link');
  const result = await runChild(
    (plan) => {
      plan.mount({ target: '/', flags: MS_REC | MS_PRIVATE });
      plan.mount({ source: disks, target: '/sys/block', flags: MS_BIND });
      build(plan, link);
    },
    { namespaces: CLONE_NEWNS },
  );
  return { ...result, link };
}

const find = (serials: Serials, serial: string): ReturnType<typeof withDisks> =>
  withDisks(serials, (plan, link) => shell(plan.linkDisk(serial, link, 0), 'true'));

describe('linkDisk()', () => {
  it('links to the node of the disk with the serial, with or without a line feed behind it', async () => {
    for (const serial of ['wanted', 'wanted\n']) {
      const { exit, link } = await find({ full: 'other\n', zero: serial, null: undefined }, 'wanted');
      assert.deepEqual([exit.state, readlinkSync(link)], ['exited', '/dev/zero']);
    }
  });

  it('takes no disk whose serial only begins with it, or is its beginning', async () => {
    const { failure } = await find({ full: 'wanted-too', zero: 'want', null: '' }, 'wanted');
    assert.equal(failure?.code, 'ENODEV');
  });

  it('waits for a node that can be opened', async () => {
    const { failure } = await find({ 'no-such-node': 'wanted' }, 'wanted');
    assert.equal(failure?.code, 'ENODEV');
  });

  it('finds a disk among many', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 300 }, (_, index) => [
        `disk-with-a-name-of-some-length-${index}`,
        `serial ${index}`,
      ]),
    );
    const { exit, link } = await find({ ...many, zero: 'wanted' }, 'wanted');
    assert.deepEqual([exit.state, readlinkSync(link)], ['exited', '/dev/zero']);
  });

  it('goes on looking up to its deadline', async () => {
    const { failure } = await withDisks({ zero: 'other' }, (plan, link) => {
      plan.linkDisk('wanted', link, 60);
    });
    assert.equal(failure?.code, 'ENODEV');
  });

  it('says so when the link can not be made', async () => {
    const { failure } = await withDisks({ zero: 'wanted' }, (plan) => {
      plan.linkDisk('wanted', '/dev/null', 0);
    });
    assert.deepEqual(failure?.arguments, ['wanted', '/dev/null', '0']);
    assert.equal(failure.code, 'EEXIST');
  });
});
