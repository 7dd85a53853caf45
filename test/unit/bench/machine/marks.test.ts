import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runThroughMarks } from '../../../../bench/machine/marks.ts';

/** A guest that stops at these addresses, one after the other, a thousand instructions apart. */
function guest(stops: readonly bigint[]): {
  stub: Parameters<typeof runThroughMarks>[0];
  count: () => Promise<number>;
  said: string[];
} {
  const said: string[] = [];
  let stopped = 0;
  const say = (words: string): Promise<void> => {
    said.push(words);
    return Promise.resolve();
  };
  return {
    stub: {
      setBreakpoint: (address) => say(`set ${address}`),
      removeBreakpoint: (address) => say(`remove ${address}`),
      runToStop: () => Promise.resolve(stops[stopped++] ?? 0n),
      detach: () => say('detach'),
    },
    count: () => Promise.resolve(stopped * 1000),
    said,
  };
}

const marks = [
  { name: 'node', address: 1n },
  { name: 'workload', address: 2n },
  { name: 'other', address: 3n },
] as const;

test('runThroughMarks() counts at each mark on the way, and ends at the last', async () => {
  const { stub, count, said } = guest([1n, 2n]);
  assert.deepEqual(await runThroughMarks(stub, count, marks, 'workload'), { node: 1000, workload: 2000 });
  assert.deepEqual(said, ['set 1', 'set 2', 'set 3', 'remove 1', 'remove 2', 'detach']);
});

test('a stop anywhere else is an error with its address', async () => {
  const { stub, count } = guest([255n]);
  await assert.rejects(runThroughMarks(stub, count, marks, 'workload'), /it stops at 0xff/);
});
