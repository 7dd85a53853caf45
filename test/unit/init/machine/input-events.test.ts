import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasKey, hasKeyPress, KEY_POWER } from '../../../../init/machine/input-events.ts';
import { inputEvent } from './input-event-bytes.ts';

const presses: [what: string, bytes: Buffer, expected: boolean][] = [
  ['a press', inputEvent(1, KEY_POWER, 1), true],
  ['a release', inputEvent(1, KEY_POWER, 0), false],
  ['a repetition', inputEvent(1, KEY_POWER, 2), false],
  ['another key', inputEvent(1, 30, 1), false],
  ['a report of another type', inputEvent(4, KEY_POWER, 1), false],
  ['a press between others', Buffer.concat([inputEvent(0, 0, 0), inputEvent(1, KEY_POWER, 1)]), true],
  ['half an event', inputEvent(1, KEY_POWER, 1).subarray(0, 23), false],
  ['nothing', Buffer.alloc(0), false],
];
for (const [what, bytes, expected] of presses) {
  test(`hasKeyPress() is ${expected} for ${what}`, () => {
    assert.equal(hasKeyPress(bytes, KEY_POWER), expected);
  });
}

const bitmaps: [what: string, bitmap: string, expected: boolean][] = [
  ['an ACPI power button', '10000000000000 0\n', true],
  ['an AT keyboard', '402000000 3803078f800d001 feffffdfffefffff fffffffffffffffe\n', true],
  ['a mouse', '70000 0 0 0 0\n', false],
  ['a switch without keys', '0\n', false],
  ['no file', '', false],
  ['nonsense', 'xyz 0\n', false],
];
for (const [what, bitmap, expected] of bitmaps) {
  test(`hasKey() is ${expected} for ${what}`, () => assert.equal(hasKey(bitmap, KEY_POWER), expected));
}
