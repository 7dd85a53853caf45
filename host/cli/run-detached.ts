import type { Machine, MachineExit } from '../client/index.ts';
import { describeError } from '../../protocol/errors.ts';
import type { Interruption } from './interruption.ts';
import type { Reporter } from './reporter.ts';
import { WatchedMachine } from './run-watch.ts';

/** How a detached start went: it runs, or ran and has ended by now; or it never came to that. */
export type DetachedRun = { state: 'started' } | { state: 'ended'; exit: MachineExit };

/** Ends of a machine whose workload has run. */
const endsOfWorkload: readonly MachineExit['reason'][] = ['exited', 'signaled', 'oom'];

/** Starts a machine and waits until its workload runs, so that a start that fails is told here and now. */
export async function runDetached(
  machine: Machine,
  { interruption, reporter }: { interruption: Interruption; reporter: Reporter },
): Promise<DetachedRun> {
  const watched = new WatchedMachine(machine, (message) => reporter.say(message));
  interruption.watch(watched);
  await machine.start({ signal: interruption.signal });
  const ended = machine.wait().then((exit) => ({ state: 'ended' as const, exit }));
  // A machine that ends at once may be gone when it is asked whether it was ready.
  const started = machine.ready().then(
    () => ({ state: 'started' as const }),
    (error: unknown) =>
      ended.catch(() => {
        throw new Error(describeError(error), { cause: error });
      }),
  );
  const run = await Promise.race([started, ended]);
  if (run.state === 'ended' && endsOfWorkload.includes(run.exit.reason)) return { state: 'started' };
  return run;
}
