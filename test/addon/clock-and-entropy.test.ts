import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { errnoValues } from '../../addon/plan/errno-names.ts';
import { interceptedNode } from './support/intercepted-node.ts';
import { native } from './support/native.ts';
import { scratchDirectory } from './support/scratch.ts';

// The clock belongs to the whole machine, so no test sets it: it stands at 1000.9 s there and is never changed.
const runIntercepted = interceptedNode(scratchDirectory());
const CLOCK_REALTIME = 0;

/** What becomes of 1024 bytes, two requests and a reseed, when the nth of the three fails. */
const addWithFailure = (nth: number, errno: number): string =>
  runIntercepted('report(() => native.addEntropy(new Uint8Array(1024)));', `ioctl ${nth} ${errno}`).stdout;

describe('stepClock()', () => {
  const steps: [number, string][] = [
    [0, '1000.900000000'],
    [99, '1000.999000000'],
    [100, '1001.000000000'],
    [1234.5, '1002.134500000'],
    [0.000_001, '1000.900000001'],
    [-0.5, '1000.899500000'],
    [-900.000_001, '999.999999999'],
    [-1_000_000, '0.900000000'],
    [1_700_000_000_000.25, '1700001000.900250000'],
  ];
  for (const [stepMs, time] of steps) {
    it(`steps by ${stepMs} ms`, () => {
      const { stdout } = runIntercepted(`report(() => native.stepClock(${stepMs}));`);
      assert.equal(stdout, `clock_settime ${CLOCK_REALTIME} ${time}\ndone\n`);
    });
  }

  it('reports what the kernel refuses', () => {
    const { stdout } = runIntercepted(
      'report(() => native.stepClock(1));',
      `clock_settime 1 ${errnoValues.EPERM}`,
    );
    assert.equal(stdout, 'Cannot call clock_settime: EPERM\n');
  });

  it('refuses what is no step', () => {
    for (const stepMs of [Number.NaN, Number.POSITIVE_INFINITY, -1e13, 1e13]) {
      assert.throws(() => native.stepClock(stepMs), RangeError);
    }
  });
});

describe('addEntropy()', () => {
  it('takes one byte and more than a request holds', () => {
    for (const lengthBytes of [1, 512, 513, 4096]) native.addEntropy(randomBytes(lengthBytes));
  });

  it('refuses no bytes at all', () => {
    assert.throws(() => native.addEntropy(new Uint8Array(0)), RangeError);
  });

  it('goes on where the kernel cannot reseed', () => {
    for (const errno of [errnoValues.ENOTTY, errnoValues.EINVAL]) {
      assert.equal(addWithFailure(3, errno), 'done\n');
    }
  });

  it('reports which of its calls was refused', () => {
    const { EPERM, EINVAL } = errnoValues;
    assert.equal(addWithFailure(1, EPERM), 'Cannot call RNDADDENTROPY: EPERM\n');
    assert.equal(addWithFailure(2, EINVAL), 'Cannot call RNDADDENTROPY: EINVAL\n');
    assert.equal(addWithFailure(3, EPERM), 'Cannot call RNDRESEEDCRNG: EPERM\n');
  });
});

describe('disableControlAltDelete()', () => {
  it('sends LINUX_REBOOT_CMD_CAD_OFF and its two magic numbers', () => {
    const { stdout } = runIntercepted('report(() => native.disableControlAltDelete());');
    assert.equal(stdout, 'reboot fee1dead 28121969 0\ndone\n');
  });
});
