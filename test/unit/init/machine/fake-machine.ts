import type { TestContext } from 'node:test';
import { FakeNative } from '../../../support/fake-native.ts';
import { settlePromises } from '../../../support/guest-channel.ts';
import { makeRecordingLog, type RecordingLog } from '../../../support/recording-log.ts';
import type { ChildDependencies } from '../../../../init/machine/run-in-child.ts';
import { Reaper } from '../../../../init/supervision/reaper.ts';

/** What runs plans in children, on a fake native side, and the children's ends in the test's hand. */
export interface FakeMachine {
  native: FakeNative;
  dependencies: ChildDependencies;
  lines: RecordingLog['lines'];
  /** Pids of the children that have not ended, oldest first. */
  running: () => number[];
  /** Ends the oldest child. `report` is what it wrote to its handshake pipe: kind, operation and errno each. */
  endChild: (report?: readonly [kind: number, operation: number, errno: number][]) => Promise<void>;
  /** Ends the oldest child by a signal. */
  killChild: (signal: number) => Promise<void>;
}

export function makeFakeMachine(context: TestContext): FakeMachine {
  const native = new FakeNative();
  const { log, lines } = makeRecordingLog();
  const reaper = new Reaper(native, log);
  const children: { pid: number; writeFd: number }[] = [];
  context.mock.method(native, 'spawn', (plan: Uint8Array) => {
    native.plans.push(plan);
    const { readFd, writeFd } = native.makePipe();
    const pid = 101 + native.plans.length;
    children.push({ pid, writeFd });
    return { pid, pidfd: native.makePipe().readFd, handshakeFd: readFd };
  });
  context.after(() => {
    process.removeAllListeners('SIGCHLD');
    native.dispose();
  });
  const takeChild = (): { pid: number; writeFd: number } => {
    const child = children.shift();
    if (child === undefined) throw new Error('Cannot end a child: none runs');
    return child;
  };
  const reap = async (): Promise<void> => {
    reaper.drain();
    await settlePromises();
  };
  return {
    native,
    dependencies: { native, log, reaper },
    lines,
    running: () => children.map(({ pid }) => pid),
    endChild: async (report = [[4, 0, 0]]) => {
      const { pid, writeFd } = takeChild();
      native.writeSome(writeFd, new Uint8Array(Uint32Array.from(report.flat()).buffer));
      native.closeFd(writeFd);
      native.ended.push({ state: 'exited', pid, code: report.some(([kind]) => kind === 2) ? 125 : 0 });
      await reap();
    },
    killChild: async (signal) => {
      const { pid, writeFd } = takeChild();
      native.closeFd(writeFd);
      native.ended.push({ state: 'signaled', pid, signal, coreDumped: false });
      await reap();
    },
  };
}
