import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bootSteps, bootTimeline } from '../../../../init/boot/boot-timeline.ts';
import { encodeControl } from '../../../../protocol/frame.ts';
import { maxBootSteps } from '../../../../protocol/limits.ts';
import { type BootStep, BootTimelineEvent } from '../../../../protocol/messages.ts';

const boot = {
  phases: [
    { name: 'kernel and runtime', startMs: 0, endMs: 400 },
    { name: 'load init', startMs: 400, endMs: 500 },
    { name: 'modules', startMs: 501, endMs: 600 },
    { name: 'container', startMs: 600, endMs: 700 },
    { name: 'power buttons', startMs: 701, endMs: 710 },
  ],
  drivers: [
    { name: 'virtio_blk', startMs: 510, endMs: 520.04 },
    { name: 'evdev', startMs: 702, endMs: 703 },
  ],
};
const kernel = { unpackStartMs: 100, unpackEndMs: 200, initMs: 300 };
const node = { startMs: 320, bootstrappedMs: 400 };
const words = (steps: BootStep[]): string[] =>
  steps.map(({ kind, name, startMs, endMs }) => `${kind} ${name} ${startMs} ${endMs}`);

test('bootSteps() divides the time before the phases and puts drivers into theirs', () => {
  assert.deepEqual(words(bootSteps(boot, kernel, node)), [
    'kernel kernel 0 300',
    'kernel unpack initramfs 100 200',
    'runtime load Node 300 320',
    'runtime start Node 320 400',
    'runtime load init 400 501',
    'phase modules 501 600',
    'driver virtio_blk 510 520',
    'container container 600 700',
    'phase power buttons 701 710',
    'driver evdev 702 703',
  ]);
});

const beginnings: [what: string, kernel: object, node: typeof node, expected: string[]][] = [
  ['a kernel without a log', {}, node, ['kernel 0 320', 'start Node 320 400', 'load init 400 500']],
  [
    'a Node without milestones',
    { initMs: 300 },
    { startMs: Number.NaN, bootstrappedMs: Number.NaN },
    ['kernel 0 300', 'load init 300 500'],
  ],
  [
    'milestones that can not be true',
    { initMs: 9000 },
    { startMs: 320, bootstrappedMs: 10 },
    ['load Node 0 320', 'load init 320 500'],
  ],
];
for (const [what, kernelLog, nodeTimes, expected] of beginnings) {
  test(`bootSteps() leaves the time of a missing step to the next one: ${what}`, () => {
    const steps = bootSteps({ phases: boot.phases.slice(0, 2), drivers: [] }, kernelLog, nodeTimes);
    assert.deepEqual(
      steps.map(({ name, startMs, endMs }) => `${name} ${startMs} ${endMs}`),
      expected,
    );
  });
}

test('bootSteps() fits into one frame, whatever is loaded', () => {
  const drivers = Array.from({ length: 1000 }, (_, index) => ({
    name: 'x'.repeat(5000),
    startMs: 123_456.7 + index,
    endMs: 123_456.8 + index,
  }));
  const steps = bootSteps({ phases: boot.phases, drivers }, kernel, node);
  assert.equal(steps.length, maxBootSteps);
  encodeControl('event', { event: 'boot-timeline', sequence: 1, timeMs: 1, workloadMs: 700, steps });
});

test('bootTimeline() makes an event of what can be found out here', () => {
  const event = { ...bootTimeline(boot), sequence: 1, timeMs: 1 };
  assert.equal(BootTimelineEvent.parse(event).workloadMs, 700);
});
