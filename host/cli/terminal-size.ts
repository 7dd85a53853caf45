import type { WriteStream } from 'node:tty';
import { usualTerminalSize } from '../../protocol/limits.ts';
import type { TerminalSize } from '../../protocol/messages.ts';

/** The size of our own terminal, of whichever standard stream is one. */
export function terminalSize(
  streams: readonly WriteStream[] = [process.stdout, process.stderr],
): TerminalSize {
  const stream = streams.find(({ isTTY }) => isTTY);
  if (stream === undefined) return usualTerminalSize;
  const [columns, rows] = stream.getWindowSize();
  // A terminal without a size says 0: a serial line, or one that is being made.
  return rows > 0 && columns > 0 ? { rows, columns } : usualTerminalSize;
}
