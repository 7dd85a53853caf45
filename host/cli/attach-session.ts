import { FirstbornError } from '../../protocol/errors.ts';
import type { Attachment, Machine, TerminalSize } from '../client/index.ts';
import { forwardSignals } from './interruption-forwarding.ts';
import type { Reporter } from './reporter.ts';
import { judgeRun } from './run-end.ts';
import { exitCodeAfterOutput, JoinedStreams, readerGoneExitCode } from './run-streams.ts';

export interface AttachSessionOptions {
  /** Whether the workload has a terminal. */
  terminal: boolean;
  detachKeys: Buffer;
  /** Signals that we get are those of the workload. Not with a terminal. */
  forwardsSignals: boolean;
  reporter: Reporter;
}

/** Never the size of a real terminal: ours is sent in any case. */
const unknownSize: TerminalSize = { rows: 0, columns: 0 };

/**
 * Joins our streams with an attachment until the machine has ended; returns the workload's exit code. 0 when
 * somebody detached, that of SIGPIPE when the reader of our stdout has gone. The attachment is closed.
 */
export async function followAttachment(
  machine: Machine,
  attachment: Attachment,
  options: AttachSessionOptions,
): Promise<number> {
  const { terminal, detachKeys, reporter } = options;
  // Asked for while we are attached: a machine that removes itself waits for its clients only.
  const exited = machine.wait();
  exited.catch(() => {});
  attachment.onGap(({ stream, missingBytes }) => reporter.say(`Lost ${missingBytes} bytes of ${stream}`));
  const { stdin, stdout, stderr } = attachment;
  const resize = (size: TerminalSize): Promise<void> => machine.resize(size);
  const wish = terminal ? { size: unknownSize, detachKeys } : undefined;
  using streams = new JoinedStreams({ stdin, stdout, stderr, resize }, wish);
  // A machine that boots has nobody yet who could read keys.
  machine.ready().then(
    () => streams.begin(),
    () => {},
  );
  const stopForwarding =
    options.forwardsSignals && !terminal
      ? forwardSignals((signal) => machine.kill(signal), reporter)
      : undefined;
  try {
    const readerGone = streams.readerGone.then(() => 'reader gone' as const);
    const end = await Promise.race([attachment.ended, streams.detached, readerGone]);
    if (end === undefined) return 0;
    if (end === 'reader gone') return readerGoneExitCode;
    const outputs = await streams.outputs;
    streams.close();
    if (end.how === 'dropped') {
      throw new FirstbornError(
        'host',
        `Fell ${end.behindBytes} bytes behind the workload and was left behind`,
      );
    }
    const { exitCode, messages } = judgeRun(await exited, undefined);
    for (const message of messages) reporter.say(message);
    return exitCodeAfterOutput(outputs, exitCode, reporter);
  } finally {
    stopForwarding?.();
    attachment.close();
  }
}
