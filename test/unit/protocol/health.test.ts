import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultHealth, type HealthConfig, healthPlan } from '../../../protocol/health.ts';
import { ImageConfig } from '../../../protocol/image-config.ts';
import { parseLaunchConfig } from '../../../protocol/launch-config.ts';
import { withValue } from './launch-config-fixture.ts';

const seconds = 1e9;

function planOf(config: object | null, health?: HealthConfig): ReturnType<typeof healthPlan> {
  return healthPlan(ImageConfig.parse({ config }), { health });
}

const check = { Test: ['CMD', 'probe', '-q'] };
const text = { Test: ['CMD-SHELL', 'probe || exit 1'] };

for (const [what, config, health, args] of [
  ['an image without a config', null, undefined, undefined],
  ['an image without a check', { Healthcheck: null }, undefined, undefined],
  ['an image that turns it off', { Healthcheck: { Test: ['NONE'] } }, undefined, undefined],
  ['an image that leaves it to its base', { Healthcheck: { Test: [], Interval: 1 } }, undefined, undefined],
  ['a form that nobody knows', { Healthcheck: { Test: ['HTTP', '/'] } }, undefined, undefined],
  ['a form without a command', { Healthcheck: { Test: ['CMD'] } }, undefined, undefined],
  ['a command', { Healthcheck: check }, undefined, ['probe', '-q']],
  ['a text', { Healthcheck: text }, undefined, ['/bin/sh', '-c', 'probe || exit 1']],
  [
    'a text for a shell of the image',
    { Healthcheck: text, Shell: ['/bin/bash', '-ec'] },
    undefined,
    ['/bin/bash', '-ec', 'probe || exit 1'],
  ],
  ['a check that is turned off at the launch', { Healthcheck: check }, { disabled: true }, undefined],
  ['the same in Docker’s word', { Healthcheck: check }, { test: ['NONE'] }, undefined],
  ['another command at the launch', { Healthcheck: check }, { test: ['CMD', 'other'] }, ['other']],
  ['a check of the launch alone', {}, { test: ['CMD-SHELL', 'true'] }, ['/bin/sh', '-c', 'true']],
  ['times without a check', {}, { intervalMs: 5 }, undefined],
] as const) {
  test(`healthPlan() knows ${what}`, () =>
    assert.deepEqual(planOf(config, health as HealthConfig | undefined)?.args, args));
}

test('healthPlan() takes Docker’s values for all that is left out, be it absent, 0 or null', () => {
  for (const nothing of [undefined, 0, null]) {
    const times = { Interval: nothing, Timeout: nothing, StartPeriod: nothing, StartInterval: nothing };
    const plan = planOf({ Healthcheck: { ...check, ...times, Retries: nothing } });
    assert.deepEqual(plan, { args: ['probe', '-q'], ...defaultHealth });
  }
});

test('healthPlan() turns the image’s nanoseconds into milliseconds that a timer can hold', () => {
  const Healthcheck = {
    ...check,
    Interval: 1.5 * seconds,
    Timeout: 1,
    StartPeriod: Number.MAX_SAFE_INTEGER,
    StartInterval: -1,
    Retries: 5,
  };
  assert.deepEqual(planOf({ Healthcheck }), {
    args: ['probe', '-q'],
    intervalMs: 1500,
    timeoutMs: 1,
    startPeriodMs: 2 ** 31 - 1,
    startIntervalMs: 5000,
    retries: 5,
  });
});

test('healthPlan() lays the launch’s values over the image’s, each for itself', () => {
  const Healthcheck = { ...check, Interval: 2 * seconds, StartPeriod: 3 * seconds, Retries: 5 };
  assert.deepEqual(planOf({ Healthcheck }, { intervalMs: 10, timeoutMs: 20, startPeriodMs: 0 }), {
    args: ['probe', '-q'],
    intervalMs: 10,
    timeoutMs: 20,
    startPeriodMs: 0,
    startIntervalMs: 5000,
    retries: 5,
  });
});

for (const value of [
  {},
  { disabled: true },
  { test: ['NONE'] },
  { test: ['CMD-SHELL', ''] },
  {
    test: ['CMD', 'a', 'b'],
    intervalMs: 1,
    timeoutMs: 2 ** 31 - 1,
    startPeriodMs: 0,
    startIntervalMs: 1,
    retries: 1,
  },
]) {
  test(`launch.json may have health ${JSON.stringify(value)}`, () =>
    assert.deepEqual(parseLaunchConfig(withValue('health', value)).health, value));
}

const forms = 'expected ["NONE"], ["CMD", COMMAND, …] or ["CMD-SHELL", TEXT]';
for (const [value, message] of [
  [null, 'health: Invalid input: expected object, received null'],
  ['none', 'health: Invalid input: expected object, received string'],
  [{ disabled: false }, 'health.disabled: Invalid input: expected true'],
  [{ disabled: true, retries: 3 }, 'health: expected nothing beside "disabled"'],
  [{ test: 'true' }, 'health.test: Invalid input: expected array, received string'],
  [{ test: [] }, `health.test: ${forms}`],
  [{ test: ['true'] }, `health.test: ${forms}`],
  [{ test: ['CMD'] }, `health.test: ${forms}`],
  [{ test: ['CMD-SHELL', 'a', 'b'] }, `health.test: ${forms}`],
  [{ test: ['NONE', 'a'] }, `health.test: ${forms}`],
  [{ test: ['CMD', 'a\0'] }, 'health.test[1]: must not contain a NUL byte'],
  [{ intervalMs: 0 }, 'health.intervalMs: Too small: expected number to be >=1'],
  [{ timeoutMs: 1.5 }, 'health.timeoutMs: Invalid input: expected int, received number'],
  [{ startPeriodMs: -1 }, 'health.startPeriodMs: Too small: expected number to be >=0'],
  [{ startIntervalMs: 2 ** 31 }, 'health.startIntervalMs: Too big: expected number to be <=2147483647'],
  [{ retries: 0 }, 'health.retries: Too small: expected number to be >=1'],
  [{ interval: 1 }, 'health.interval: unknown key'],
] as const) {
  test(`launch.json may not have health ${JSON.stringify(value)}`, () =>
    assert.throws(() => parseLaunchConfig(withValue('health', value)), {
      code: 'config',
      message: `Cannot accept launch.json: ${message}`,
    }));
}
