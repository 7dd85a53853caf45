import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type HostSide, hostTimeline } from '../../../../host/boot-chart/host-timeline.ts';
import { steps } from './boot-fixtures.ts';

const unixMs = 1_800_000_000_000;
const side: HostSide = {
  startUnixMs: unixMs - 1240,
  vmUnixMs: unixMs - 1200,
  openedUnixMs: unixMs + 4880,
  readyUnixMs: unixMs + 6159,
  preparation: undefined,
  arrivals: [
    { unixMs: unixMs + 6190, guestMs: 6150 },
    { unixMs: unixMs + 6157, guestMs: 6157 },
  ],
};

test('the event that travelled fastest tells when the kernel started', () => {
  const { since, steps: hostSteps } = hostTimeline(side, steps);
  assert.equal(since, 'kernel');
  assert.deepEqual(hostSteps, [
    { name: 'start of QEMU', startMs: -1240, endMs: -1200 },
    { name: 'QEMU and firmware', startMs: -1200, endMs: 0 },
    { name: 'handshake', startMs: 4880, endMs: 4880 },
    { name: 'ready seen', startMs: 6159, endMs: 6159 },
  ]);
});

test('a preparation right before the start belongs to it, an old one does not', () => {
  const names = (endUnixMs: number): string[] =>
    hostTimeline({ ...side, preparation: { durationMs: 200, endUnixMs } }, steps).steps.map(
      ({ name }) => name,
    );
  assert.equal(names(side.startUnixMs - 100)[0], 'preparation');
  assert.equal(names(side.startUnixMs - 60_000)[0], 'start of QEMU');
});

const impossible: [what: string, changes: Partial<HostSide>][] = [
  ['a guest whose clock is slower', { arrivals: [{ unixMs: unixMs + 60_000, guestMs: 6157 }] }],
  ["a host's clock that was set back", { arrivals: [{ unixMs: unixMs - 3000, guestMs: 6157 }] }],
  ['a guest that said nothing', { arrivals: [] }],
];
for (const [what, changes] of impossible) {
  test(`the host's times stand for themselves with ${what}`, () => {
    const { since, steps: hostSteps } = hostTimeline({ ...side, ...changes }, steps);
    assert.equal(since, 'start');
    assert.deepEqual(
      hostSteps.map(({ name, startMs }) => [name, startMs]),
      [
        ['start of QEMU', 0],
        ['handshake', 6120],
        ['ready seen', 7399],
      ],
    );
  });
}
