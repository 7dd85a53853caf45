import { setTimeout as delay } from 'node:timers/promises';
import type { GuestInput } from './guest-input.ts';
import type { GuestOutput } from './guest-output.ts';

/** What a program of the fake guest sees. */
export interface GuestProcess {
  args: readonly string[];
  stdin: GuestInput | undefined;
  stdout: GuestOutput | undefined;
  stderr: GuestOutput | undefined;
  /** Aborts with the number of a signal. */
  signal: AbortSignal;
  hostIsAway: () => boolean;
}

export type GuestProgram = (process: GuestProcess) => Promise<number>;

/** Bytes that show at which offset they stand, so that one lost or doubled is noticed. */
export function patternBytes(lengthBytes: number): Buffer {
  const bytes = Buffer.alloc(lengthBytes);
  for (let index = 0; index < lengthBytes; index += 1) bytes[index] = (index * 7 + (index >> 8) * 13) & 0xff;
  return bytes;
}

async function untilSignal(signal: AbortSignal): Promise<number> {
  if (!signal.aborted)
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  return 128 + Number(signal.reason);
}

/** The programs by name. Every one ends with 128+n at a signal. */
export const guestPrograms: Record<string, GuestProgram> = {
  /** `exit CODE` */
  exit: async ({ args }) => Number(args[0] ?? 0),

  /** `print TEXT [CODE]` */
  print: async ({ args, stdout }) => {
    await stdout?.write(Buffer.from(args[0] ?? ''));
    return Number(args[1] ?? 0);
  },

  /** `both OUT ERR CODE` */
  both: async ({ args, stdout, stderr }) => {
    await stdout?.write(Buffer.from(args[0] ?? ''));
    await (stderr ?? stdout)?.write(Buffer.from(args[1] ?? ''));
    return Number(args[2] ?? 0);
  },

  /** `lines COUNT [PAUSE-MS]`: `line 1`, `line 2` … */
  lines: async ({ args, stdout, signal }) => {
    const pauseMs = Number(args[1] ?? 0);
    for (let line = 1; line <= Number(args[0]) && !signal.aborted; line += 1) {
      await stdout?.write(Buffer.from(`line ${line}\n`));
      if (pauseMs > 0) await delay(pauseMs);
    }
    return signal.aborted ? 128 + Number(signal.reason) : 0;
  },

  /** `ticks`: `line 1`, `line 2` … until a signal comes, then `end`. */
  ticks: async ({ stdout, signal }) => {
    for (let line = 1; !signal.aborted; line += 1) {
      await stdout?.write(Buffer.from(`line ${line}\n`));
      await delay(1);
    }
    await stdout?.write(Buffer.from('end\n'));
    return 0;
  },

  /** `flood BYTES`: patternBytes, again and again. */
  flood: async ({ args, stdout, signal }) => {
    const pattern = patternBytes(64 * 1024);
    for (let left = Number(args[0]); left > 0 && !signal.aborted; left -= pattern.length) {
      await stdout?.write(pattern.subarray(0, left));
    }
    return signal.aborted ? 128 + Number(signal.reason) : 0;
  },

  /** `away LINES`: `before`, then so many lines while the host is away, then `after`. */
  away: async ({ args, stdout, hostIsAway }) => {
    await stdout?.write(Buffer.from('before\n'));
    while (!hostIsAway()) await delay(5);
    for (let line = 1; line <= Number(args[0]); line += 1) await stdout?.write(Buffer.from(`line ${line}\n`));
    await stdout?.write(Buffer.from('after\n'));
    return 0;
  },

  /** Writes its input to its output. */
  cat: async ({ stdin, stdout, signal }) => {
    const copy = async (): Promise<number> => {
      for await (const piece of stdin ?? []) await stdout?.write(piece);
      return 0;
    };
    return await Promise.race([copy(), untilSignal(signal)]);
  },

  /** Runs until a signal comes. */
  sleep: ({ signal }) => untilSignal(signal),
};
