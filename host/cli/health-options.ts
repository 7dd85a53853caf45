import { FirstbornError } from '../../protocol/errors.ts';
import { maxHealthTimeMs } from '../../protocol/limits.ts';
import type { WorkloadOptions } from '../launch/launch-config.ts';
import { healthSpecs } from './container-specs.ts';
import type { GivenOptions } from './option-parser.ts';
import { readInteger, readText, refuseValue } from './option-values.ts';
import { parseDurationMs } from './time-words.ts';

const maxRetries = 1_000_000;

const timeOptions = [
  ['health-interval', 'intervalMs', 1],
  ['health-timeout', 'timeoutMs', 1],
  ['health-start-period', 'startPeriodMs', 0],
  ['health-start-interval', 'startIntervalMs', 1],
] as const;

/** Reads what is to be other of the image's health check; `undefined` for nothing. Throws a FirstbornError of code `usage`. */
export function readHealth(options: GivenOptions): WorkloadOptions['health'] {
  const given = healthSpecs.map(({ name }) => name).filter((name) => options.has(name));
  if (given.length === 0) return undefined;
  if (options.has('no-healthcheck')) {
    const [other] = given.filter((name) => name !== 'no-healthcheck');
    if (other === undefined) return { disabled: true };
    throw new FirstbornError('usage', `Cannot use --${other} with --no-healthcheck`);
  }
  const command = options.last('health-cmd');
  const retries = options.last('health-retries');
  const health: NonNullable<WorkloadOptions['health']> = {
    ...(command === undefined
      ? {}
      : { test: ['CMD-SHELL', readText('health-cmd', command, (text) => text !== '', 'a command')] }),
    ...(retries === undefined
      ? {}
      : { retries: readInteger('health-retries', retries, { min: 1, max: maxRetries }) }),
  };
  for (const [name, key, minMs] of timeOptions) {
    const text = options.last(name);
    if (text !== undefined) health[key] = readTimeMs(name, text, minMs);
  }
  return health;
}

function readTimeMs(option: string, text: string, minMs: number): number {
  const timeMs = text === '0' ? 0 : Math.round(parseDurationMs(text) ?? Number.NaN);
  if (timeMs >= minMs && timeMs <= maxHealthTimeMs) return timeMs;
  throw refuseValue(
    option,
    text,
    minMs === 0 ? 'a time such as 0s or 1m30s' : 'a time such as 500ms or 1m30s',
  );
}
