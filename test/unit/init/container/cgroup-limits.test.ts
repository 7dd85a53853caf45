import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Plan } from '../../../../addon/plan.ts';
import {
  parseAvailableBytes,
  protectiveLimits,
  readProtectiveLimits,
  writeLimits,
} from '../../../../init/container/cgroup-limits.ts';
import { planLines } from '../../../support/plan-text.ts';
import { scratchDirectory } from '../../../support/scratch-directory.ts';

const mebibyte = 1024 * 1024;

test('protectiveLimits() leaves a tenth of the processes and 32 MiB to init', () => {
  assert.deepEqual(protectiveLimits({ maxThreads: 3000, availableBytes: 200 * mebibyte, runtimeBytes: 0 }), {
    pids: 2700,
    memoryBytes: 168 * mebibyte,
  });
});

test('protectiveLimits() keeps the pages of a runtime that could be dropped', () => {
  const runtimeBytes = 42 * mebibyte;
  const limits = protectiveLimits({ maxThreads: 3000, availableBytes: 200 * mebibyte, runtimeBytes });
  assert.equal(limits.memoryBytes, 126 * mebibyte);
});

test('protectiveLimits() gives half of what a tiny machine has', () => {
  assert.deepEqual(protectiveLimits({ maxThreads: 1, availableBytes: 40 * mebibyte, runtimeBytes: 0 }), {
    pids: 1,
    memoryBytes: 20 * mebibyte,
  });
});

const meminfo = 'MemTotal:         490472 kB\nMemFree:          180000 kB\nMemAvailable:     204800 kB\n';

test('parseAvailableBytes() reads MemAvailable of /proc/meminfo', () => {
  assert.equal(parseAvailableBytes(meminfo), 200 * mebibyte);
  assert.equal(parseAvailableBytes('MemTotal: 1 kB\n'), undefined);
});

test('readProtectiveLimits() reads them from /proc, and sees where the runtime is', (context) => {
  const proc = scratchDirectory(context);
  mkdirSync(join(proc, 'sys/kernel'), { recursive: true });
  writeFileSync(join(proc, 'sys/kernel/threads-max'), '1000\n');
  writeFileSync(join(proc, 'meminfo'), meminfo);
  assert.deepEqual(readProtectiveLimits(proc), { pids: 900, memoryBytes: 168 * mebibyte });
  mkdirSync(join(proc, 'self'));
  writeFileSync(join(proc, 'self/status'), 'Name:\tnode\nRssFile:\t   43008 kB\n');
  const runtime = join(proc, 'runtime');
  mkdirSync(runtime);
  assert.equal(readProtectiveLimits(proc, runtime).memoryBytes, 168 * mebibyte);
  writeFileSync(join(runtime, 'init'), '');
  assert.equal(readProtectiveLimits(proc, runtime).memoryBytes, 126 * mebibyte);
  writeFileSync(join(proc, 'meminfo'), '');
  assert.deepEqual(readProtectiveLimits(proc), {});
});

test('writeLimits() writes what is limited', () => {
  const plan = new Plan();
  writeLimits(plan, '/c', { memoryBytes: 4096 });
  writeLimits(plan, '/d', { memoryBytes: 8192, pids: 7 });
  assert.deepEqual(planLines(plan), [
    'writeFile /c/memory.max 0 0644 4096',
    'writeFile /d/memory.max 0 0644 8192',
    'writeFile /d/pids.max 0 0644 7',
  ]);
});
