import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { MemoryBound, type MemoryPaths } from '../../../../init/container/memory-bound.ts';
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

/** The kernel's file has one line, whatever was there before. */
const readBound = ({ bound }: MemoryPaths): string | undefined =>
  readFileSync(bound, 'latin1').split('\n')[0];

test('follow() raises the bound of the containers by what has come', (context) => {
  const machine = makeMachine(context, String(100 * mebibyte));
  const memory = new MemoryBound(makeRecordingLog().log, machine);
  machine.setTotal(640);
  memory.follow();
  memory.follow();
  assert.equal(readBound(machine), String(228 * mebibyte));
});

test('follow() lowers the bound by what has gone, and raises it again', (context) => {
  const machine = makeMachine(context, String(400 * mebibyte));
  const memory = new MemoryBound(makeRecordingLog().log, machine);
  for (const [totalMiB, boundMiB] of [
    [500, 388],
    [400, 288],
    [512, 400],
  ] as const) {
    machine.setTotal(totalMiB);
    memory.follow();
    assert.equal(readBound(machine), String(boundMiB * mebibyte));
  }
});

test('follow() leaves the containers half of the memory, and owes what that is too much', (context) => {
  const machine = makeMachine(context, String(400 * mebibyte));
  const memory = new MemoryBound(makeRecordingLog().log, machine);
  for (const [totalMiB, boundMiB] of [
    [128, 64],
    [100, 50],
    [512, 400],
    [640, 528],
  ] as const) {
    machine.setTotal(totalMiB);
    memory.follow();
    assert.equal(readBound(machine), String(boundMiB * mebibyte));
  }
});

test('follow() never raises a bound because memory has gone', (context) => {
  const machine = makeMachine(context, String(100 * mebibyte));
  const memory = new MemoryBound(makeRecordingLog().log, machine);
  machine.setTotal(400);
  memory.follow();
  assert.equal(readBound(machine), String(100 * mebibyte));
});

test('follow() makes no bound where there is none', (context) => {
  const machine = makeMachine(context, 'max');
  const memory = new MemoryBound(makeRecordingLog().log, machine);
  machine.setTotal(640);
  memory.follow();
  assert.equal(readBound(machine), 'max');
  rmSync(machine.bound);
  machine.setTotal(700);
  memory.follow();
  assert.equal(existsSync(machine.bound), false);
});
