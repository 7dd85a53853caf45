import { constants } from 'node:os';
import { describeError, FirstbornError } from '../../protocol/errors.ts';
import { type ExecSession, RequestRefusal } from '../client/index.ts';
import type { Command, CommandContext } from './command.ts';
import { type ExecOptions, execSpecs, readExecOptions } from './exec-options.ts';
import { forwardSignals } from './interruption-forwarding.ts';
import type { CommandWords } from './option-parser.ts';
import type { Reporter } from './reporter.ts';
import { exitCodeAfterOutput, JoinedStreams, readerGoneExitCode } from './run-streams.ts';
import { terminalSize } from './terminal-size.ts';

export const execCommand: Command = {
  name: 'exec',
  summary: 'Run another command in a machine that runs',
  synopsis: '[options] NAME COMMAND [ARG...]',
  description: `Runs COMMAND in the container of machine NAME, beside its workload. NAME is a name, an id or the
beginning of one. Options end at NAME.`,
  notes: `Without -t, signals are passed on to the process. The process goes on when this command is killed,
unless --kill-on-disconnect is given. When the reader of stdout goes away, the process and its group
get SIGPIPE, and this command ends with 141.

Exit code: the process's own; 128+n when signal n ended it; 127 command not found; 126 not executable;
125 Firstborn itself failed.`,
  specs: execSpecs,
  stopAtOperand: true,
  run,
};

async function run(
  words: CommandWords,
  { firstborn, environment, reporter }: CommandContext,
): Promise<number> {
  const options = await readExecOptions(words, environment, terminalSize());
  const { request } = options;
  if (request.terminal !== undefined && request.stdin === true && !process.stdin.isTTY) {
    throw new FirstbornError('usage', 'Cannot use -t with -i: the input device is not a terminal');
  }
  const machine = await firstborn.machine(options.machine);
  let session: ExecSession;
  try {
    session = await machine.exec(request);
  } catch (error) {
    const exitCode = error instanceof RequestRefusal ? error.reply?.exitCode : undefined;
    if (exitCode === undefined) throw error;
    reporter.say(describeError(error));
    return exitCode;
  }
  try {
    return request.detach === true ? 0 : await runJoined(session, options, reporter);
  } finally {
    session.close();
  }
}

async function runJoined(session: ExecSession, options: ExecOptions, reporter: Reporter): Promise<number> {
  const { terminal } = options.request;
  const wish = terminal && { size: terminal, detachKeys: options.detachKeys };
  const { stdin, stdout, stderr } = session;
  const resize: ExecSession['resize'] = (size) => session.resize(size);
  using streams = new JoinedStreams({ stdin, stdout, stderr, resize }, wish);
  streams.begin();
  // At a terminal the keys for signals are read by the process's own.
  const stopForwarding =
    terminal === undefined ? forwardSignals((signal) => session.signal(signal), reporter) : undefined;
  try {
    const readerGone = streams.readerGone.then(() => 'reader gone' as const);
    const exit = await Promise.race([session.exited, streams.detached, readerGone]);
    if (exit === undefined) return 0;
    if (exit === 'reader gone') return await breakPipe(session);
    const outputs = await streams.outputs;
    streams.close();
    return exitCodeAfterOutput(outputs, exit.code, reporter);
  } finally {
    stopForwarding?.();
  }
}

/** What a pipe without a reader does to its writers, which can't see it from where they are. Returns the exit code. */
async function breakPipe(session: ExecSession): Promise<number> {
  // One that has ended by now needs none.
  await session.signal(constants.signals.SIGPIPE, { group: true }).catch(() => {});
  return readerGoneExitCode;
}
