/**
 * The same configurations under runc on this machine and under Firstborn in one virtual machine: the same is seen.
 * All of them with FIRSTBORN_DIFFERENTIAL=all, else every second one and those that are expected to differ.
 */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { differentialCases } from '../support/differential/configs.ts';
import {
  type ExpectedDifference,
  expectedDifference,
  expectedDifferences,
} from '../support/differential/expected-differences.ts';
import { compareFacts, describeDifferences } from '../support/differential/facts.ts';
import { GuestRunner } from '../support/differential/guest-runner.ts';
import { oracleDirectory } from '../support/differential/oracle-directory.ts';
import { RuncRunner } from '../support/differential/runc-runner.ts';
import { DifferentialSession } from '../support/differential/session.ts';

/** Cases that the table of expected differences names alone. */
const namedDifferences = new Set(expectedDifferences.map((entry) => entry.cases));
const isWhole = process.env['FIRSTBORN_DIFFERENTIAL'] === 'all';
const cases = differentialCases.filter(
  ({ name }, index) => isWhole || index % 2 === 0 || namedDifferences.has(name),
);

const directory = oracleDirectory();
const seen = new Set<ExpectedDifference>();
let machine: GuestRunner | undefined;
let runc: DifferentialSession;
let guest: DifferentialSession;

before(async () => {
  mkdirSync(join(directory.path, 'guest'));
  machine = await GuestRunner.boot(join(directory.path, 'guest'));
  guest = await DifferentialSession.open(machine, 'guest');
  runc = await DifferentialSession.open(new RuncRunner(directory.path), directory.prefix);
});
after(async () => {
  await machine?.[Symbol.asyncDispose]();
  directory.remove();
});

describe('a container sees under Firstborn what it sees under runc', () => {
  for (const item of cases) {
    test(item.name, async () => {
      const [wanted, found] = await Promise.all([
        runc.run(item, { substitutes: true }),
        guest.run(item, { substitutes: false }),
      ]);
      const unexpected = compareFacts(wanted, found).filter((difference) => {
        const entry = expectedDifference(item.name, difference);
        if (entry !== undefined) seen.add(entry);
        return entry === undefined;
      });
      assert.equal(unexpected.length, 0, `"${item.name}" differs\n${describeDifferences(unexpected)}`);
    });
  }

  test('every expected difference was seen', () => {
    const ran = new Set(cases.map(({ name }) => name));
    // Those of many cases are seen in some of them.
    const due = expectedDifferences.filter((entry) => isWhole || ran.has(entry.cases));
    assert.deepEqual(
      due.filter((entry) => !seen.has(entry)),
      [],
    );
  });
});
