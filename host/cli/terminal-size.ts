import type { WriteStream } from 'node:tty';
import type { TerminalSize } from '../../protocol/messages.ts';

/** What a terminal has when nobody can tell, as of old. */
const usualSize: TerminalSize = { rows: 24, columns: 80 };

/** The size of our own terminal, of whichever standard stream is one. */
export function terminalSize(
  streams: readonly WriteStream[] = [process.stdout, process.stderr],
): TerminalSize {
  const stream = streams.find(({ isTTY }) => isTTY);
  if (stream === undefined) return usualSize;
  const [columns, rows] = stream.getWindowSize();
  // A terminal without a size says 0: a serial line, or one that is being made.
  return rows > 0 && columns > 0 ? { rows, columns } : usualSize;
}
