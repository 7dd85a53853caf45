import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { healthSpecs } from '../../../../host/cli/container-specs.ts';
import { readHealth } from '../../../../host/cli/health-options.ts';
import { readCommandWords } from '../../../../host/cli/option-parser.ts';
import { HealthConfig } from '../../../../protocol/health.ts';
import { parseWith } from '../../../../protocol/parse.ts';

const read = (...words: string[]): ReturnType<typeof readHealth> =>
  readHealth(readCommandWords(words, healthSpecs, { stopAtOperand: false }).options);

describe('readHealth()', () => {
  for (const [words, health] of [
    [[], undefined],
    [['--no-healthcheck'], { disabled: true }],
    [['--health-cmd', 'test -e /up'], { test: ['CMD-SHELL', 'test -e /up'] }],
    [['--health-interval', '1m30s'], { intervalMs: 90_000 }],
    [['--health-timeout', '500ms'], { timeoutMs: 500 }],
    [['--health-retries', '5'], { retries: 5 }],
    [['--health-start-period', '0s'], { startPeriodMs: 0 }],
    [['--health-start-period', '0'], { startPeriodMs: 0 }],
    [['--health-start-interval', '1.5s'], { startIntervalMs: 1500 }],
  ] as [string[], ReturnType<typeof readHealth>][]) {
    it(`reads "${words.join(' ')}" into what the guest accepts`, () => {
      assert.deepEqual(read(...words), health);
      if (health !== undefined) assert.deepEqual(parseWith(HealthConfig, health, 'health'), health);
    });
  }

  for (const [words, message] of [
    [['--health-cmd', ''], 'Cannot take "" for --health-cmd: expected a command'],
    [
      ['--health-interval', '0s'],
      'Cannot take "0s" for --health-interval: expected a time such as 500ms or 1m30s',
    ],
    [
      ['--health-timeout', '30'],
      'Cannot take "30" for --health-timeout: expected a time such as 500ms or 1m30s',
    ],
    [
      ['--health-start-period', '-1s'],
      'Cannot take "-1s" for --health-start-period: expected a time such as 0s or 1m30s',
    ],
    [
      ['--health-interval', '9999h'],
      'Cannot take "9999h" for --health-interval: expected a time such as 500ms or 1m30s',
    ],
    [
      ['--health-retries', '0'],
      'Cannot take "0" for --health-retries: expected a whole number from 1 to 1000000',
    ],
    [['--no-healthcheck', '--health-cmd', 'x'], 'Cannot use --health-cmd with --no-healthcheck'],
  ] as [string[], string][]) {
    it(`refuses "${words.join(' ')}"`, () => assert.throws(() => read(...words), { code: 'usage', message }));
  }
});
