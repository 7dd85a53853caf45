import type { Machine } from '../machine/machine.ts';
import type { ExecExits } from './exec-exits.ts';

/**
 * Ends the input of processes that nobody here looks after: an earlier monitor started them, or the answer to
 * their start was lost with a session. Their output is no concern of ours: a guest does not wait for a host that
 * does not know of a stream. Called whenever a session opens; rejects as a request does.
 */
export async function releaseOrphans({ channel }: Machine, own: ExecExits): Promise<void> {
  if (!channel.hasFeature('exec')) return;
  // Asked before anything else in this session, so no process that is being started is in the answer.
  const { execs } = await channel.request('execs', {});
  for (const { exec, streams } of execs) {
    // A terminal has no stderr, and an end typed there could mean anything.
    const isPipe = streams.stderr !== undefined;
    if (!own.has(exec) && isPipe && streams.stdin !== undefined) channel.writableStream(streams.stdin).end();
  }
}
