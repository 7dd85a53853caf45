import { access, rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { FirstbornError } from '../../protocol/errors.ts';
import { DetachedProcess } from '../machine/detached-process.ts';
import type { HelperProgram, ProcessIdentity } from '../machine/machine-record.ts';

/** How long a helper may take to open its socket. */
const readyMs = 10_000;
const pollIntervalMs = 10;

/**
 * Starts the programs that serve a machine and waits until their sockets are there. `started` is told of each at
 * once. Throws a FirstbornError of code `vm` when one can't be started, ends, or is not ready in time, and the
 * signal's reason; those that run are the caller's to kill.
 */
export async function startHelpers(
  helpers: readonly HelperProgram[],
  options: { logPath: string; signal: AbortSignal; started(identity: ProcessIdentity): void },
): Promise<void> {
  for (const helper of helpers) {
    // The socket of an earlier run would look like this one's.
    await rm(helper.socketPath, { force: true });
    const running = await DetachedProcess.start(helper, options.logPath);
    options.started(running.identity);
    await untilReady(helper, running, options.signal);
  }
}

async function untilReady(
  { program, socketPath }: HelperProgram,
  running: DetachedProcess,
  signal: AbortSignal,
): Promise<void> {
  let isRunning = true;
  void running.ended.then(() => {
    isRunning = false;
  });
  const endMs = performance.now() + readyMs;
  while (!(await exists(socketPath))) {
    if (!isRunning) throw new FirstbornError('vm', `Cannot start "${program}": it ended at once`);
    if (performance.now() > endMs) {
      throw new FirstbornError('vm', `Cannot start "${program}": no socket after ${readyMs / 1000} s`);
    }
    await delay(pollIntervalMs, undefined, { signal });
  }
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
