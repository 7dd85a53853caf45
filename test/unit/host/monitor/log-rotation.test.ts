import assert from 'node:assert/strict';
import { existsSync, openSync, closeSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, it, type TestContext } from 'node:test';
import { inodeOf } from '../../../../host/monitor/log-position.ts';
import { finishRotation, nextLogPath, shiftLogs } from '../../../../host/monitor/log-rotation.ts';
import { scratchDirectory } from '../../../support/scratch-directory.ts';

let log = '';
beforeEach((context) => {
  log = join(scratchDirectory(context as TestContext), 'log');
  writeFileSync(log, 'new');
  writeFileSync(`${log}.1`, 'old');
  writeFileSync(`${log}.2`, 'older');
  writeFileSync(nextLogPath(log), 'next');
});

const read = (path: string): string | undefined =>
  existsSync(path) ? readFileSync(path, 'utf8') : undefined;
const state = (): (string | undefined)[] => [log, `${log}.1`, `${log}.2`, `${log}.3`].map(read);

function inode(path: string): string {
  const fd = openSync(path, 'r');
  try {
    return inodeOf(fd);
  } finally {
    closeSync(fd);
  }
}

describe('shiftLogs()', () => {
  it('moves every file on, as far as there is room', () => {
    shiftLogs(log, 4);
    assert.deepEqual(state(), ['next', 'new', 'old', 'older']);
  });

  it('drops the oldest file when there is no room', () => {
    shiftLogs(log, 3);
    assert.deepEqual(state(), ['next', 'new', 'old', undefined]);
  });

  it('keeps nothing but the log when only one file is kept', () => {
    rmSync(`${log}.1`);
    rmSync(`${log}.2`);
    shiftLogs(log, 1);
    assert.deepEqual(state(), ['next', undefined, undefined, undefined]);
  });
});

describe('finishRotation()', () => {
  const whole = ['next', 'new', 'old', 'older'];
  const interruptions: [string, () => void][] = [
    ['before the first move', () => {}],
    ['after the oldest file has moved', () => renameSync(`${log}.2`, `${log}.3`)],
    [
      'after all old files have moved',
      () => {
        renameSync(`${log}.2`, `${log}.3`);
        renameSync(`${log}.1`, `${log}.2`);
      },
    ],
    [
      'before the last move',
      () => {
        renameSync(`${log}.2`, `${log}.3`);
        renameSync(`${log}.1`, `${log}.2`);
        renameSync(log, `${log}.1`);
      },
    ],
  ];
  for (const [when, interrupt] of interruptions) {
    it(`completes a rotation that was interrupted ${when}`, () => {
      interrupt();
      finishRotation(log, 4, inode(nextLogPath(log)));
      assert.deepEqual(state(), whole);
      assert.ok(!existsSync(nextLogPath(log)));
    });
  }

  it('drops a new file that no note names yet', () => {
    finishRotation(log, 4, inode(log));
    assert.deepEqual(state(), ['new', 'old', 'older', undefined]);
    assert.ok(!existsSync(nextLogPath(log)));
  });
});
