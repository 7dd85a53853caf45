import { FirstbornError } from '../../protocol/errors.ts';
import { parseByteSize } from '../launch/memory-size.ts';
import { type MachineRecord, machineNamePattern, type RestartPolicy } from '../machine/machine-record.ts';
import type { GivenOptions } from './option-parser.ts';
import { readInteger, readText } from './option-values.ts';

const maxRetries = 1_000_000;
const minLogBytes = 4096;
const maxLogFiles = 1000;

/** What is to become of a machine: its name, its restarts, what stays of it. */
export interface KeepingOptions {
  isDetached: boolean;
  name: string | undefined;
  restart: RestartPolicy;
  autoRemove: boolean;
  labels: Record<string, string>;
  log: Partial<MachineRecord['log']>;
}

/** Reads the options about a machine's keeping. Throws a FirstbornError of code `usage`. */
export function readKeeping(options: GivenOptions): KeepingOptions {
  const isDetached = options.has('detach');
  const restart = readRestartPolicy(options.last('restart') ?? 'no');
  const wish = options.lastOf(['rm', 'keep']);
  const name = options.last('name');
  if (restart.policy !== 'no' && wish === 'rm') {
    throw new FirstbornError('usage', 'Cannot use --restart with --rm');
  }
  if (restart.policy !== 'no' && !isDetached && wish !== 'keep') {
    throw new FirstbornError('usage', 'Cannot use --restart without -d or --keep');
  }
  return {
    isDetached,
    name:
      name === undefined
        ? undefined
        : readText(
            'name',
            name,
            (text) => machineNamePattern.test(text),
            'letters, digits, "_", "." and "-"',
          ),
    restart,
    autoRemove: wish === undefined ? !isDetached : wish === 'rm',
    labels: readLabels(options.all('label')),
    log: readLog(options),
  };
}

/** `no`, `always`, `on-failure` or `on-failure:3`, as docker-run(1) has them. */
function readRestartPolicy(text: string): RestartPolicy {
  if (text === 'no' || text === 'always') return { policy: text };
  const retries = /^on-failure(?::(.*))?$/.exec(text);
  if (retries === null) {
    throw new FirstbornError(
      'usage',
      `Cannot take "${text}" for --restart: expected no, on-failure[:TIMES] or always`,
    );
  }
  const [, times] = retries;
  if (times === undefined) return { policy: 'on-failure' };
  return { policy: 'on-failure', maxRetries: readInteger('restart', times, { min: 1, max: maxRetries }) };
}

function readLabels(texts: readonly string[]): Record<string, string> {
  const labels = texts.map((text): [string, string] => {
    const [name = '', ...value] = text.split('=');
    if (name === '') throw new FirstbornError('usage', `Cannot take the label "${text}": it has no name`);
    return [name, value.join('=')];
  });
  return Object.fromEntries(labels);
}

function readLog(options: GivenOptions): KeepingOptions['log'] {
  const size = options.last('log-size');
  const files = options.last('log-files');
  return {
    ...(size === undefined ? {} : { maxBytes: readLogSize(size) }),
    ...(files === undefined ? {} : { files: readInteger('log-files', files, { min: 1, max: maxLogFiles }) }),
  };
}

function readLogSize(text: string): number {
  const bytes = parseByteSize(text);
  if (bytes !== undefined && bytes >= minLogBytes && bytes <= Number.MAX_SAFE_INTEGER)
    return Math.ceil(bytes);
  throw new FirstbornError('usage', `Cannot take "${text}" for --log-size: expected e.g. 512k or 16m`);
}
