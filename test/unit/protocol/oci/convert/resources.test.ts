import assert from 'node:assert/strict';
import { test } from 'node:test';
import { composeResources } from '../../../../../protocol/oci/convert/resources.ts';
import { launchWith } from './conversion-input.ts';

const mebibyte = 1024 * 1024;
const table: [limits: object, resources: object][] = [
  [{}, {}],
  [{ pids: 100 }, { pids: { limit: 100 } }],
  [{ memoryBytes: 64 * mebibyte }, { memory: { limit: 64 * mebibyte } }],
  [{ memoryReservationBytes: mebibyte }, { memory: { reservation: mebibyte } }],
  [
    { memoryBytes: mebibyte, memorySwapBytes: 2 * mebibyte },
    { memory: { limit: mebibyte, swap: 2 * mebibyte } },
  ],
  [{ memorySwapBytes: -1 }, { memory: { swap: -1 } }],
  [{ cpus: 0.5 }, { cpu: { quota: 50_000, period: 100_000 } }],
  [{ cpus: 2 }, { cpu: { quota: 200_000, period: 100_000 } }],
  [{ cpus: 0.01 }, { cpu: { quota: 1000, period: 100_000 } }],
  [{ cpuShares: 512, cpusetCpus: '0-1' }, { cpu: { shares: 512, cpus: '0-1' } }],
  [{ cpusetMems: '0' }, { cpu: { mems: '0' } }],
];
for (const [limits, resources] of table) {
  test(`composeResources() of ${JSON.stringify(limits)} is ${JSON.stringify(resources)}`, () => {
    const rules = [{ allow: false }];
    assert.deepEqual(composeResources(launchWith({ limits }).limits, rules), {
      devices: rules,
      ...resources,
    });
  });
}
