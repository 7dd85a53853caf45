import { closeSync, constants, openSync } from 'node:fs';
import type { Native } from '../../addon/native.ts';
import type { ExecStreams } from '../../protocol/messages.ts';
import type { HostChannel } from '../channel/host-channel.ts';
import { InputSink } from '../channel/input-sink.ts';
import { OutputPump } from '../channel/output-pump.ts';
import { ProcessStdio } from './process-stdio.ts';
import type { ContainerTerminal } from './terminals.ts';

/** A process without a terminal: which streams it has, and how much each pipe holds. */
export interface PipeOptions {
  /** `stdin` only when the process is to have one; else it reads /dev/null. */
  streams: { stdin?: number; stdout: number; stderr: number };
  /** The kernel's default when absent. A bigger pipe saves wake-ups of a loud workload. */
  outputPipeBytes?: number;
}

interface OpenedEnd {
  childFd: number;
  output?: OutputPump;
  input?: InputSink;
}

function openOutput(native: Native, channel: HostChannel, stream: number, pipeBytes?: number): OpenedEnd {
  const { readFd, writeFd } = native.makePipe();
  native.setNonblocking(readFd, true);
  if (pipeBytes !== undefined) native.setPipeSize(readFd, pipeBytes);
  return { childFd: writeFd, output: new OutputPump(native, channel, readFd, stream) };
}

function openInput(native: Native, channel: HostChannel, stream: number): OpenedEnd {
  const { readFd, writeFd } = native.makePipe();
  native.setNonblocking(writeFd, true);
  return { childFd: readFd, input: new InputSink(native, channel, writeFd, stream) };
}

const openNull = (flags: number): number => openSync('/dev/null', flags);

/** Makes pipes for a process and connects them to the channel. */
export function openPipes(native: Native, channel: HostChannel, options: PipeOptions): ProcessStdio {
  const { streams, outputPipeBytes } = options;
  const stdin: OpenedEnd =
    streams.stdin === undefined
      ? { childFd: openNull(constants.O_RDONLY) }
      : openInput(native, channel, streams.stdin);
  const stdout = openOutput(native, channel, streams.stdout, outputPipeBytes);
  const stderr = openOutput(native, channel, streams.stderr, outputPipeBytes);
  const ends = [stdin, stdout, stderr];
  return new ProcessStdio(native, {
    child: {
      kind: 'descriptors',
      ends: ends.map(({ childFd, output, input }) => ({
        fd: childFd,
        isPipe: (output ?? input) !== undefined,
      })),
    },
    childFds: ends.map((end) => end.childFd),
    streams,
    outputs: ends.flatMap(({ output }) => output ?? []),
    input: stdin.input,
  });
}

/** Connects a terminal to the channel: all that is printed is one stream, `stdout`. Takes over its descriptors. */
export function connectTerminal(
  native: Native,
  channel: HostChannel,
  streams: ExecStreams & { stdout: number },
  terminal: ContainerTerminal,
): ProcessStdio {
  const { outputFd, inputFd, slaveFd, slavePath } = terminal;
  const output = new OutputPump(native, channel, outputFd, streams.stdout, { terminal: true });
  const { stdin } = streams;
  if (stdin === undefined) closeSync(inputFd);
  return new ProcessStdio(native, {
    child: { kind: 'terminal', fd: slaveFd, path: slavePath },
    childFds: [slaveFd],
    streams,
    outputs: [output],
    input:
      stdin === undefined ? undefined : new InputSink(native, channel, inputFd, stdin, { terminal: true }),
    sizeFd: outputFd,
  });
}

/** No streams at all: input and output are /dev/null. */
export function openDetached(native: Native): ProcessStdio {
  const fd = openNull(constants.O_RDWR);
  return new ProcessStdio(native, {
    child: { kind: 'descriptors', ends: [0, 1, 2].map(() => ({ fd, isPipe: false })) },
    childFds: [fd],
    streams: {},
    outputs: [],
    input: undefined,
  });
}
