import { closeSync } from 'node:fs';
import { fdEvents, type Native } from '../../addon/native.ts';
import { decodeHandshake, type Handshake } from '../../addon/spawn.ts';
import { FirstbornError } from '../../protocol/errors.ts';
import { withinDeadline } from '../boot/deadline.ts';
import { quoted } from './start-failure.ts';

/** Plans hold some hundred operations, each of which can warn once, in a record of twelve bytes. */
const maxHandshakeBytes = 12 * 4096;
/** Mounting and entering the root takes milliseconds; a child that is still at it by then never ends. */
const startDeadlineMs = 60_000;

export interface HandshakeReading {
  outcome: Promise<Handshake>;
  /** Stops reading and closes the pipe; `outcome` then stays open for ever. */
  abandon: () => void;
}

/** Reads a spawn's handshake pipe to its end and closes it. */
export function readHandshake(native: Native, fd: number): HandshakeReading {
  const { promise, resolve, reject } = Promise.withResolvers<Handshake>();
  let bytes = Buffer.alloc(0);
  const buffer = Buffer.alloc(4096);
  let open = true;
  const abandon = (): void => {
    if (!open) return;
    open = false;
    watch.close();
    closeSync(fd);
  };
  const watch = native.watchFd(fd, fdEvents.readable, () => {
    const length = native.readSome(fd, buffer);
    if (length === -1) return;
    bytes = Buffer.concat([bytes, buffer.subarray(0, length)]);
    if (length > 0 && bytes.length < maxHandshakeBytes) return;
    abandon();
    try {
      resolve(decodeHandshake(bytes));
    } catch (error) {
      reject(error instanceof Error ? error : new Error(String(error)));
    }
  });
  return { outcome: promise, abandon };
}

/**
 * Waits until a spawned plan has become its program or has not. Takes over `fd`. Throws a FirstbornError of code
 * `timeout` when neither comes: the child may hang in the kernel, and its exit is not to be waited for.
 */
export async function awaitExec(
  native: Native,
  fd: number,
  command: string,
  deadlineMs: number = startDeadlineMs,
): Promise<Handshake> {
  const reading = readHandshake(native, fd);
  const outcome = await withinDeadline(reading.outcome, deadlineMs);
  if (outcome.state === 'settled') return outcome.value;
  reading.abandon();
  throw new FirstbornError(
    'timeout',
    `Cannot start ${quoted(command)}: it was not executed within ${deadlineMs / 1000} s`,
  );
}
