import { closeSync, constants, openSync } from 'node:fs';
import { fdEvents, type Native } from '../../addon/native.ts';
import { maxHealthOutputBytes } from '../../protocol/limits.ts';
import { type ProcessOutput, ProcessStdio } from '../container/process-stdio.ts';

/** Per turn of the event loop; together they are more than a pipe holds. */
const readsPerTurn = 8;
const readBytes = 16 * 1024;
const cutMark = '...';

interface KeptOutput extends ProcessOutput {
  /** What has been read so far: its first 4096 bytes, whole characters of UTF-8. */
  text: () => string;
}

function asText(bytes: Uint8Array): string {
  // `stream`: a character of which a part was cut off is left out.
  return new TextDecoder().decode(bytes, { stream: true });
}

/** Reads a pipe to its end and keeps the beginning. Takes over `fd`, which must not block. */
function keepOutput(native: Native, fd: number): KeptOutput {
  const kept = Buffer.alloc(maxHealthOutputBytes + 1);
  const piece = Buffer.allocUnsafe(readBytes);
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  let keptBytes = 0;
  let isOpen = true;
  let timer: NodeJS.Timeout | undefined;
  const finish = (): void => {
    if (!isOpen) return;
    isOpen = false;
    clearTimeout(timer);
    watch.close();
    closeSync(fd);
    resolve();
  };
  const read = (): void => {
    for (let reads = 0; reads < readsPerTurn; reads += 1) {
      const lengthBytes = native.readSome(fd, piece);
      if (lengthBytes === -1) return;
      if (lengthBytes === 0) {
        finish();
        return;
      }
      keptBytes += piece.copy(kept, keptBytes, 0, lengthBytes);
    }
  };
  const watch = native.watchFd(fd, 0, read);
  return {
    ended,
    start: () => isOpen && watch.update(fdEvents.readable),
    finishWhenIdle: (idleMs) => {
      timer ??= setTimeout(() => {
        if (isOpen) read();
        finish();
      }, idleMs).unref();
    },
    finish,
    text: () => {
      if (keptBytes <= maxHealthOutputBytes) return asText(kept.subarray(0, keptBytes));
      return asText(kept.subarray(0, maxHealthOutputBytes - cutMark.length)) + cutMark;
    },
  };
}

/** The streams of a health check: it reads /dev/null, and what it prints on stdout and stderr is kept together. */
export function openHealthOutput(native: Native): { stdio: ProcessStdio; text: () => string } {
  const { readFd, writeFd } = native.makePipe();
  native.setNonblocking(readFd, true);
  const nullFd = openSync('/dev/null', constants.O_RDONLY);
  const output = keepOutput(native, readFd);
  const stdio = new ProcessStdio(native, {
    child: {
      kind: 'descriptors',
      ends: [
        { fd: nullFd, isPipe: false },
        { fd: writeFd, isPipe: true },
        { fd: writeFd, isPipe: true },
      ],
    },
    childFds: [nullFd, writeFd],
    streams: {},
    outputs: [output],
    input: undefined,
  });
  return { stdio, text: output.text };
}
