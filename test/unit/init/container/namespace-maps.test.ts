import assert from 'node:assert/strict';
import { test } from 'node:test';
import { idMapText, timeOffsetsText } from '../../../../init/container/namespace-maps.ts';
import type { SpecIdMapping, SpecLinux } from '../../../../protocol/oci/runtime-spec.ts';

const mapping = (containerID: number, hostID: number, size: number): SpecIdMapping => ({
  containerID,
  hostID,
  size,
});

test('idMapText() writes a line for each mapping', () => {
  assert.equal(
    idMapText([mapping(0, 1000, 1), mapping(1, 100_000, 65_535)], 'x'),
    '0 1000 1\n1 100000 65535\n',
  );
  assert.equal(idMapText([], 'x'), '');
});

test('idMapText() takes every id that there is', () => {
  assert.equal(idMapText([mapping(0, 0, 0xffff_ffff)], 'x'), '0 0 4294967295\n');
  assert.equal(idMapText([mapping(0xffff_fffe, 0, 1)], 'x'), '4294967294 0 1\n');
});

const apart = (length: number) =>
  Array.from({ length }, (_, index) => mapping(index, index + 1_000_000_000, 1));
const mapRefusals: [mappings: SpecIdMapping[], message: string][] = [
  [[mapping(0, 0, 0)], 'linux.uidMappings[0].size: expected a whole number from 1 to 4294967295, got 0'],
  [
    [mapping(-1, 0, 1)],
    'linux.uidMappings[0].containerID: expected a whole number from 0 to 4294967294, got -1',
  ],
  [
    [mapping(0, 4294967290, 9)],
    'linux.uidMappings[0].hostID: expected a whole number from 0 to 4294967286, got 4294967290',
  ],
  [
    [mapping(0, 0, 10), mapping(20, 20, 1), mapping(9, 100, 1)],
    'linux.uidMappings[2].containerID: expected ids that linux.uidMappings[0] does not map already',
  ],
  [
    [mapping(0, 0, 10), mapping(10, 5, 1)],
    'linux.uidMappings[1].hostID: expected ids that linux.uidMappings[0] does not map already',
  ],
  [apart(341), 'linux.uidMappings: expected at most 340 mappings, got 341'],
  [apart(340), 'linux.uidMappings: expected at most 4095 characters when written as a map, got 5670'],
];
for (const [mappings, message] of mapRefusals) {
  test(`idMapText() refuses ${message}`, () => {
    assert.throws(() => idMapText(mappings, 'linux.uidMappings'), {
      code: 'config',
      message: `Cannot run the configuration: ${message}`,
    });
  });
}

type TimeOffsets = NonNullable<SpecLinux['timeOffsets']>;
const offsets: [offsets: TimeOffsets, text: string][] = [
  [{}, ''],
  [{ monotonic: {} }, 'monotonic 0 0\n'],
  [{ boottime: { secs: 86_400 } }, 'boottime 86400 0\n'],
  [
    { boottime: { secs: -5, nanosecs: 999_999_999 }, monotonic: { nanosecs: 1 } },
    'monotonic 0 1\nboottime -5 999999999\n',
  ],
];
for (const [given, text] of offsets) {
  test(`timeOffsetsText() writes ${JSON.stringify(given)}`, () => {
    assert.equal(timeOffsetsText(given), text);
  });
}

const offsetRefusals: [offsets: TimeOffsets, message: string][] = [
  [
    { monotonic: { nanosecs: 1e9 } },
    'monotonic.nanosecs: expected a whole number from 0 to 999999999, got 1000000000',
  ],
  [
    { boottime: { secs: 1e10 } },
    'boottime.secs: expected a whole number from -9223372036 to 9223372036, got 10000000000',
  ],
  [
    { boottime: { secs: 0.5 } },
    'boottime.secs: expected a whole number from -9223372036 to 9223372036, got 0.5',
  ],
];
for (const [given, message] of offsetRefusals) {
  test(`timeOffsetsText() refuses linux.timeOffsets.${message}`, () => {
    assert.throws(() => timeOffsetsText(given), {
      code: 'config',
      message: `Cannot run the configuration: linux.timeOffsets.${message}`,
    });
  });
}
