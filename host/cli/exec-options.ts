import { FirstbornError } from '../../protocol/errors.ts';
import type { ExecRequest, TerminalSize } from '../client/index.ts';
import type { CommandWords, OptionSpec } from './option-parser.ts';
import { detachKeysSpec, environmentSpecs } from './option-specs.ts';
import { readText } from './option-values.ts';
import { defaultDetachKeys, readDetachKeys } from './terminal-keys.ts';
import { readVariables } from './workload-settings.ts';

export const execSpecs: readonly OptionSpec[] = [
  { name: 'interactive', short: 'i', help: 'Pass stdin on; without it the process reads /dev/null' },
  { name: 'tty', short: 't', help: 'Give the process a terminal' },
  { name: 'detach', short: 'd', help: 'Start it and leave, with neither input nor output' },
  ...environmentSpecs,
  { name: 'workdir', short: 'w', value: 'DIR', help: "Working directory (the container's)" },
  { name: 'user', short: 'u', value: 'USER[:GROUP]', help: "User and group (the container's)" },
  { name: 'kill-on-disconnect', help: 'Kill the process, with all of its session, when this command goes' },
  detachKeysSpec,
];

/** What `firstborn exec` was asked for. */
export interface ExecOptions {
  machine: string;
  request: ExecRequest;
  detachKeys: Buffer;
}

/**
 * Reads the words after `exec`. `size` is that of a terminal, should there be one. Throws a FirstbornError, mostly of
 * code `usage`.
 */
export async function readExecOptions(
  { options, operands, rest }: CommandWords,
  environment: NodeJS.ProcessEnv,
  size: TerminalSize,
): Promise<ExecOptions> {
  const [machine] = operands;
  if (machine === undefined || machine === '')
    throw new FirstbornError('usage', 'Cannot exec without a NAME');
  if (rest.length === 0) throw new FirstbornError('usage', 'Cannot exec without a COMMAND');
  const detach = options.has('detach');
  const killOnDisconnect = options.has('kill-on-disconnect');
  if (detach && killOnDisconnect) {
    throw new FirstbornError('usage', 'Cannot use --kill-on-disconnect with -d');
  }
  const cwd = options.last('workdir');
  const user = options.last('user');
  const keys = options.last('detach-keys');
  return {
    machine,
    detachKeys: keys === undefined ? defaultDetachKeys : readDetachKeys(keys),
    request: {
      args: rest,
      env: Object.fromEntries(await readVariables(options, environment)),
      ...(cwd === undefined ? {} : { cwd: readText('workdir', cwd, isAbsolute, 'an absolute path') }),
      ...(user === undefined ? {} : { user }),
      ...(options.has('tty') && !detach ? { terminal: size } : {}),
      stdin: options.has('interactive') && !detach,
      detach,
      killOnDisconnect,
    },
  };
}

function isAbsolute(path: string): boolean {
  return path.startsWith('/') && !path.includes('\0');
}
