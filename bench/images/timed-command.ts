import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { FirstbornError } from '../../protocol/errors.ts';

const run = promisify(execFile);

/** What a command took, with all processes that it started and waited for. */
export interface CommandTime {
  wallMs: number;
  /** User and system time together. */
  cpuMs: number;
}

/** The shell's word `time` adds up what getrusage(2) tells of the command and its children. */
const script = 'TIMEFORMAT="%3R %3U %3S"; exec 3>&2; time "$@" >/dev/null 2>&3';

/** Reads the last line that the shell printed: `1.234 0.500 0.250`. Pure. */
export function parseTimes(text: string): CommandTime {
  const [wall, user, system] = (/(\d+\.\d+) (\d+\.\d+) (\d+\.\d+)\n$/.exec(text) ?? []).slice(1).map(Number);
  if (wall === undefined || user === undefined || system === undefined) {
    throw new RangeError(`Cannot read times from "${text}"`);
  }
  return { wallMs: wall * 1000, cpuMs: Math.round((user + system) * 1000) };
}

/**
 * Runs one command to its end. Throws a FirstbornError of code `host` with what it has printed on stderr when it
 * fails.
 */
export async function timeCommand(
  words: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): Promise<CommandTime> {
  try {
    const { stderr } = await run('bash', ['-c', script, 'bash', ...words], {
      // The shell writes numbers by the locale's rules.
      env: { ...environment, LC_ALL: 'C' },
      maxBuffer: 16 * 1024 * 1024,
    });
    return parseTimes(stderr);
  } catch (cause) {
    if (cause instanceof RangeError) throw cause;
    const { stderr = '' } = cause as { stderr?: string };
    throw new FirstbornError('host', `Cannot run "${words.join(' ')}": ${stderr.trim()}`, { cause });
  }
}
