import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeLog } from '../../../../init/log/log.ts';

function record(): { log: ReturnType<typeof makeLog>; lines: () => Record<string, unknown>[] } {
  const written: string[] = [];
  const log = makeLog((line) => void written.push(line));
  return { log, lines: () => written.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

test('a line is JSON with its level, the time since the start, its fields and its message', () => {
  const { log, lines } = record();
  log.warn({ device: 'sda', err: new Error('gone') }, 'lost a disk');
  const [line] = lines();
  assert.equal(line?.['level'], 40);
  assert.equal(typeof line?.['uptimeMs'], 'number');
  assert.equal(line?.['device'], 'sda');
  assert.equal(line?.['msg'], 'lost a disk');
  assert.match(JSON.stringify(line?.['err']), /"message":"gone"/);
});

test('lines below the level are left out, before and after the first that is written', () => {
  const { log, lines } = record();
  log.debug('one');
  log.info('two');
  log.debug('three');
  log.level = 'trace';
  log.trace('four');
  log.level = 'error';
  log.warn('five');
  log.fatal('six');
  log.level = 'silent';
  log.fatal('seven');
  assert.deepEqual(
    lines().map(({ msg }) => msg),
    ['two', 'four', 'six'],
  );
});

test('the level can be read', () => {
  const { log } = record();
  assert.equal(log.level, 'info');
  log.level = 'warn';
  assert.equal(log.level, 'warn');
});
