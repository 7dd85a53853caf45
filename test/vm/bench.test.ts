/** What a boot costs, in guest instructions, against the result that was last accepted. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { measureColdStart } from '../../bench/cold-start/cold-start.ts';
import { coldStartFigures } from '../../bench/cold-start/cold-start-figures.ts';
import { grownCounts } from '../../bench/comparison.ts';
import { prepareComparison } from '../../bench/machine/comparison.ts';
import { parseResults, resultOf } from '../../bench/result.ts';
import { projectRoot } from '../support/test-images.ts';

const keptPath = join(projectRoot, 'bench/results/cold-start.json');
/** Another compiler of another Debian makes a percent or two; this is more. */
const allowedPercent = 10;
/** The kernel and its firmware are not ours, and change with Debian's packages. */
const ownDetails = ['user-space'];

test('a boot takes no more instructions of init than in the result that is kept', async () => {
  const kept = resultOf(parseResults(readFileSync(keptPath, 'utf8'), keptPath), 'cold-start');
  for await (const one of prepareComparison([['debian', ['firstborn']]])) {
    const wanted = new Set(ownDetails.map((detail) => `${one.name}/${detail}`));
    const figures = coldStartFigures(one.name, [await measureColdStart(one)]).filter(({ name }) =>
      wanted.has(name),
    );
    assert.equal(figures.length, wanted.size, `expected the figures ${[...wanted].join(', ')}`);
    assert.deepEqual(grownCounts(kept, { ...kept, figures }, allowedPercent), []);
  }
});
