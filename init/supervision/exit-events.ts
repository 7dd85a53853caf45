import type { EventBody } from '../../protocol/messages.ts';
import { exitCodes, mainContainerId } from '../../protocol/names.ts';
import { shortText } from '../channel/short-text.ts';
import type { ProcessEnd } from '../container/process-end.ts';
import type { StartFailure } from '../container/start-failure.ts';

const SIGTERM = 15;

/** The exit event of a container whose first process has ended. */
export function exitEvent(end: ProcessEnd): EventBody {
  return { event: 'exit', container: mainContainerId, ...end };
}

/** The exit event of a container that never ran. */
export function notStartedEvent({ code, message }: Pick<StartFailure, 'code' | 'message'>): EventBody {
  return {
    event: 'exit',
    container: mainContainerId,
    reason: 'not-started',
    code,
    message: shortText(message),
  };
}

/** What a machine that is ended before its workload runs says of it: as one that was stopped. */
export const stoppedEarly = {
  code: exitCodes.signalBase + SIGTERM,
  message: 'stopped before the workload was started',
} as const;
