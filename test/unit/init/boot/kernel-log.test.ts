import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kernelMilestones, type KernelRecord, parseKernelRecord } from '../../../../init/boot/kernel-log.ts';

const kernel = (timeMs: number, text: string): KernelRecord => ({ facility: 0, timeMs, text });
const mark = (timeMs: number): KernelRecord => ({
  facility: 1,
  timeMs,
  text: 'firstborn: the workload runs',
});
const boot = [
  kernel(0, 'Linux version 6.1.0'),
  kernel(1365.7, 'Trying to unpack rootfs image as initramfs...'),
  kernel(2523.9, 'Freeing initrd memory: 121624K'),
  kernel(3473, 'Run /init as init process'),
];

test('parseKernelRecord() reads priority, time and text, and leaves attributes out', () => {
  assert.deepEqual(parseKernelRecord('6,339,5140900,-;Run /init as init process\n SUBSYSTEM=acpi\n'), {
    facility: 0,
    timeMs: 5140.9,
    text: 'Run /init as init process',
  });
  assert.deepEqual(parseKernelRecord('14,1,2000,-,caller=T1;a;b\n'), {
    facility: 1,
    timeMs: 2,
    text: 'a;b',
  });
});

test('parseKernelRecord() gives nothing for what is no record', () => {
  for (const text of ['', 'x', '6,1;x', '6,1,x,-;y']) assert.equal(parseKernelRecord(text), undefined);
});

test('kernelMilestones() brings the times onto the clock of the mark', () => {
  assert.deepEqual(kernelMilestones([...boot, mark(6030)], 6000), {
    unpackStartMs: 1365.7 - 30,
    unpackEndMs: 2523.9 - 30,
    initMs: 3473 - 30,
  });
});

test('kernelMilestones() takes the times as they are without a mark', () => {
  assert.equal(kernelMilestones(boot, 6000).initMs, 3473);
});

test('kernelMilestones() believes the kernel alone, and its first word', () => {
  const forged = { ...kernel(1, 'Run /init as init process'), facility: 1 };
  const late = kernel(9000, 'Run /init as init process');
  assert.equal(kernelMilestones([forged, ...boot, late], 6000).initMs, 3473);
});

test('kernelMilestones() leaves out what the log does not say, and begins at the start', () => {
  assert.deepEqual(kernelMilestones([], 1), {});
  assert.deepEqual(kernelMilestones([kernel(2, 'Run /init as init process'), mark(900)], 890), { initMs: 0 });
});
