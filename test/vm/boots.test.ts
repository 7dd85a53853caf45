import assert from 'node:assert/strict';
import { test } from 'node:test';
import { busybox } from '../support/test-images.ts';
import { expectExit, runFirstborn } from '../support/run-firstborn.ts';

const boots = 20;

test(`${boots} boots in a row all run the workload and end by themselves`, async () => {
  for (let boot = 1; boot <= boots; boot += 1) {
    const result = await runFirstborn([busybox, 'sh', '-c', `echo boot ${boot}; exit ${boot}`]);
    expectExit(result, boot);
    assert.equal(result.stdout.toString(), `boot ${boot}\n`);
  }
});
