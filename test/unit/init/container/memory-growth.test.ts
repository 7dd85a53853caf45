import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { MemoryGrowth, type MemoryPaths } from '../../../../init/container/memory-growth.ts';
import { makeRecordingLog } from '../../../support/recording-log.ts';
import { scratchDirectory } from '../../../support/scratch-directory.ts';

const mebibyte = 1024 * 1024;

function makeMachine(context: TestContext, bound: string): MemoryPaths & { setTotal: (mib: number) => void } {
  const directory = scratchDirectory(context);
  const paths = { meminfo: join(directory, 'meminfo'), bound: join(directory, 'memory.max') };
  const setTotal = (mib: number): void =>
    writeFileSync(paths.meminfo, `MemTotal:  ${mib * 1024} kB\nMemFree:  1 kB\n`);
  setTotal(512);
  writeFileSync(paths.bound, `${bound}\n`);
  return { ...paths, setTotal };
}

test('follow() raises the bound of the containers by what has come', (context) => {
  const machine = makeMachine(context, String(100 * mebibyte));
  const growth = new MemoryGrowth(makeRecordingLog().log, machine);
  machine.setTotal(640);
  growth.follow();
  growth.follow();
  assert.equal(readFileSync(machine.bound, 'latin1').trim(), String(228 * mebibyte));
});

test('follow() leaves the bound when memory has gone, and counts from there', (context) => {
  const machine = makeMachine(context, String(100 * mebibyte));
  const growth = new MemoryGrowth(makeRecordingLog().log, machine);
  machine.setTotal(256);
  growth.follow();
  assert.equal(readFileSync(machine.bound, 'latin1').trim(), String(100 * mebibyte));
  machine.setTotal(300);
  growth.follow();
  assert.equal(readFileSync(machine.bound, 'latin1').trim(), String(144 * mebibyte));
});

test('follow() makes no bound where there is none', (context) => {
  const machine = makeMachine(context, 'max');
  const growth = new MemoryGrowth(makeRecordingLog().log, machine);
  machine.setTotal(640);
  growth.follow();
  assert.equal(readFileSync(machine.bound, 'latin1').trim(), 'max');
  rmSync(machine.bound);
  machine.setTotal(700);
  growth.follow();
  assert.equal(existsSync(machine.bound), false);
});
