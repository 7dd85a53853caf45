import { closeSync, constants, openSync } from 'node:fs';
import type { Native } from '../../addon/native.ts';
import { mainStreams } from '../../protocol/names.ts';
import type { HostChannel } from '../channel/host-channel.ts';
import { InputSink } from '../channel/input-sink.ts';
import { OutputPump } from '../channel/output-pump.ts';

/** A bigger pipe saves wake-ups of a loud workload; the kernel's limit for one without privileges. */
const outputPipeBytes = 256 * 1024;

/** The three streams of a container's first process, and their ends on our side. */
export interface Stdio {
  /** What the child gets as 0, 1 and 2. Ours until `closeChildEnds`. */
  childEnds: { fd: number; isPipe: boolean }[];
  outputs: OutputPump[];
  input: InputSink | undefined;
}

function outputPipe(native: Native, channel: HostChannel, stream: number): { fd: number; pump: OutputPump } {
  const { readFd, writeFd } = native.makePipe();
  native.setNonblocking(readFd, true);
  native.setPipeSize(readFd, outputPipeBytes);
  return { fd: writeFd, pump: new OutputPump(native, channel, readFd, stream) };
}

/** Makes pipes for the main container and connects them to the channel; without stdin it reads /dev/null. */
export function openStdio(native: Native, channel: HostChannel, wantsStdin: boolean): Stdio {
  const stdout = outputPipe(native, channel, mainStreams.stdout);
  const stderr = outputPipe(native, channel, mainStreams.stderr);
  const outputs = [stdout.pump, stderr.pump];
  const outputEnds = [
    { fd: stdout.fd, isPipe: true },
    { fd: stderr.fd, isPipe: true },
  ];
  if (!wantsStdin) {
    const nullFd = openSync('/dev/null', constants.O_RDONLY);
    return { childEnds: [{ fd: nullFd, isPipe: false }, ...outputEnds], outputs, input: undefined };
  }
  const { readFd, writeFd } = native.makePipe();
  native.setNonblocking(writeFd, true);
  const input = new InputSink(native, channel, writeFd, mainStreams.stdin);
  return { childEnds: [{ fd: readFd, isPipe: true }, ...outputEnds], outputs, input };
}

/** Closes what the child has by now, so that the last writer's end is seen as such. */
export function closeChildEnds(stdio: Stdio): void {
  for (const { fd } of stdio.childEnds) closeSync(fd);
}
