import type { RawGuest } from './raw-guest.ts';
import { mainStreams } from '../../protocol/names.ts';

/** The launch config of a workload that is a shell which does what it is told on its stdin. */
export const mainShellProcess = { command: ['sh'], stdin: true };

/** Has the workload's own shell, and so its own cgroup, run a script to its end. Gives what it printed. */
export async function inMainShell(guest: RawGuest, script: string): Promise<string> {
  const start = guest.output.length;
  const endMark = `end-${start}`;
  guest.client.writableStream(mainStreams.stdin).write(`${script}\necho ${endMark}\n`);
  await guest.until('the end of a script', () => guest.output.includes(`${endMark}\n`, start));
  return guest.output.slice(start, guest.output.indexOf(`${endMark}\n`, start));
}
