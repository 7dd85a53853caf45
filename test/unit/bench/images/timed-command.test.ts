import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTimes, timeCommand } from '../../../../bench/images/timed-command.ts';

test('parseTimes() reads the last line, and adds up both times of the CPU', () => {
  assert.deepEqual(parseTimes('a warning\n1.250 0.500 0.125\n'), { wallMs: 1250, cpuMs: 625 });
});

test('parseTimes() refuses what is no time', () => {
  for (const text of ['', '1.0 2.0\n', 'failed\n']) assert.throws(() => parseTimes(text), RangeError);
});

test('timeCommand() counts what the children of a command take', async () => {
  const busy = 'i=0; while [ $i -lt 20000 ]; do i=$((i + 1)); done';
  const { wallMs, cpuMs } = await timeCommand(['sh', '-c', `sh -c '${busy}'; echo done >&2`]);
  assert.ok(cpuMs > 0 && wallMs > 0, `${wallMs} ms, ${cpuMs} ms of CPU`);
});

test('timeCommand() tells of a command that fails in its own words', async () => {
  await assert.rejects(timeCommand(['sh', '-c', 'echo no such thing >&2; exit 3']), {
    code: 'host',
    message: /^Cannot run "sh -c echo no such thing >&2; exit 3": no such thing/,
  });
});
