import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { LoadProcess, parseAnswer } from '../../../../bench/processes/load-process.ts';

test('parseAnswer() reads the three numbers', () => {
  assert.deepEqual(parseAnswer('300 200 4096'), {
    freeBytesBefore: 300,
    lowestFreeBytes: 200,
    processOnePeakBytes: 4096,
  });
});

for (const line of ['', 'nothing', '1 2', '1 2 3 4', 'failed: fork: Cannot allocate memory']) {
  test(`parseAnswer() refuses "${line}"`, () => {
    assert.throws(() => parseAnswer(line), {
      code: 'guest',
      message: `Cannot make processes in the guest: it answers "${line}"`,
    });
  });
}

test('LoadProcess gives each order its answer, whatever pieces it comes in', async () => {
  const [stdin, stdout] = [new PassThrough(), new PassThrough()];
  const load = new LoadProcess({ stdin, stdout });
  const first = load.order('children', 10);
  stdout.write('30 20');
  stdout.write(' 1\n50 ');
  assert.equal((await first).lowestFreeBytes, 20);
  assert.equal(String(stdin.read()), 'children 10\n');
  const second = load.order('orphans', 20);
  stdout.write('40 2\n');
  assert.equal((await second).lowestFreeBytes, 40);
  assert.equal(String(stdin.read()), 'orphans 20\n');
});

test('LoadProcess tells of a load that has ended', async () => {
  const [stdin, stdout] = [new PassThrough(), new PassThrough()];
  const answer = new LoadProcess({ stdin, stdout }).order('children', 1);
  stdout.end();
  await assert.rejects(answer, { code: 'guest' });
});
