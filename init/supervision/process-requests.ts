import { defaultRequestDeadlineMs } from '../../protocol/limits.ts';
import { signalName } from '../../protocol/signals.ts';
import { RequestRefusal, type RequestHandlers } from '../channel/requests.ts';
import type { RunningProcess } from '../container/running-process.ts';
import type { Supervisor } from './supervisor.ts';

const SIGKILL = 9;

export interface ProcessRequestDependencies {
  supervisor: Supervisor;
  freezer: { readonly frozen: boolean };
}

const nameOf = (exec: number | undefined): string => (exec === undefined ? 'the container' : `exec ${exec}`);

type SignalRequest = Parameters<RequestHandlers['signal']>[0];
type ResizeRequest = Parameters<RequestHandlers['resize']>[0];

function sendSignal(supervisor: Supervisor, { params }: SignalRequest): void {
  const what = `send ${signalName(params.signal)} to ${nameOf(params.exec)}`;
  const process: RunningProcess = supervisor.process(params.exec, what);
  const sent = params.group ? process.signalGroup(params.signal) : process.signal(params.signal);
  if (!sent) throw new RequestRefusal('not-found', `Cannot ${what}: it has ended`);
}

function resize(supervisor: Supervisor, { params }: ResizeRequest): void {
  const what = `resize the terminal of ${nameOf(params.exec)}`;
  const process = supervisor.process(params.exec, what);
  if (!process.stdio.hasTerminal) throw new RequestRefusal('failed', `Cannot ${what}: it has none`);
  if (!process.resize(params)) throw new RequestRefusal('not-found', `Cannot ${what}: it is closed`);
}

/** The requests about the processes that init has started in the container. */
export function processRequests({
  supervisor,
  freezer,
}: ProcessRequestDependencies): Pick<
  RequestHandlers,
  'signal' | 'resize' | 'exec' | 'run-container' | 'execs'
> {
  return {
    signal: async (request) => {
      const { exec, signal } = request.params;
      // Whoever waits for a frozen disk does not even die, and the container's end waits for all that is in it.
      if (exec === undefined && signal === SIGKILL && freezer.frozen) await supervisor.thaw();
      sendSignal(supervisor, request);
    },
    resize: (request) => resize(supervisor, request),
    exec: ({ params, deadlineMs = defaultRequestDeadlineMs }) => {
      const what = 'start a process';
      const { execs } = supervisor.container(what);
      // It would be frozen before its first instruction.
      if (freezer.frozen) throw new RequestRefusal('busy', `Cannot ${what}: the machine is frozen`);
      return execs.start(params, deadlineMs);
    },
    'run-container': ({ params }) => {
      const what = 'start a container';
      const { execs } = supervisor.container(what);
      if (freezer.frozen) throw new RequestRefusal('busy', `Cannot ${what}: the machine is frozen`);
      return execs.startContainer(params);
    },
    execs: () => ({ execs: supervisor.containers().flatMap((container) => container.execs.list()) }),
  };
}
