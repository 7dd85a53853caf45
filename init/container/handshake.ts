import { closeSync } from 'node:fs';
import { fdEvents, type Native } from '../../addon/native.ts';
import { type Handshake, HandshakeReader } from '../../addon/spawn.ts';
import { FirstbornError } from '../../protocol/errors.ts';
import { quoted } from './start-failure.ts';

/** Plans hold some hundred operations, each of which can warn once, in a record of twelve bytes. */
const maxHandshakeBytes = 12 * 4096;
/** Of all handshakes: what is left of a record is copied before the next read. */
const readBuffer = Buffer.allocUnsafeSlow(4096);
/** Mounting and entering the root takes milliseconds; a child that is still at it by then never ends. */
const startDeadlineMs = 60_000;

/** What a parent makes of a child that waits for it; the child goes on when it resolves. */
export type WaitingHandler = (stage: number) => Promise<void>;

export interface HandshakeReading {
  /** Rejects with what the handler of a waiting child threw, and for bytes that no child wrote. */
  outcome: Promise<Handshake>;
  /** Stops reading and closes the socket, which ends a child that waits; `outcome` then stays open for ever. */
  abandon: () => void;
}

/** Nobody has anything to do for the child. */
const goOn: WaitingHandler = () => Promise.resolve();

/** Reads a spawn's handshake to its end and closes the socket. */
export function readHandshake(
  native: Native,
  fd: number,
  onWaiting: WaitingHandler = goOn,
): HandshakeReading {
  const { promise, resolve, reject } = Promise.withResolvers<Handshake>();
  const reader = new HandshakeReader();
  let lengthBytes = 0;
  let open = true;
  const abandon = (): void => {
    if (!open) return;
    open = false;
    watch.close();
    closeSync(fd);
  };
  const fail = (error: unknown): void => {
    abandon();
    reject(error instanceof Error ? error : new Error(String(error)));
  };
  const serve = async (stage: number): Promise<void> => {
    try {
      await onWaiting(stage);
      if (open) native.continueChild(fd);
    } catch (error) {
      fail(error);
    }
  };
  const watch = native.watchFd(fd, fdEvents.readable, () => {
    const length = native.readSome(fd, readBuffer);
    if (length === -1) return;
    lengthBytes += length;
    try {
      for (const { stage } of reader.push(readBuffer.subarray(0, length))) void serve(stage);
      if (length > 0 && lengthBytes < maxHandshakeBytes) return;
      abandon();
      resolve(reader.end());
    } catch (error) {
      fail(error);
    }
  });
  return { outcome: promise, abandon };
}

export interface AwaitOptions {
  deadlineMs?: number | undefined;
  onWaiting?: WaitingHandler | undefined;
}

/**
 * Waits until a spawned plan has become its program or has not. Takes over `fd`. Throws a FirstbornError of code
 * `timeout` when neither comes: the child may hang in the kernel, and its exit is not to be waited for. The time in
 * which the child waits for `onWaiting` does not count; what that throws is thrown. Nothing of it goes on behind the end.
 */
export async function awaitExec(
  native: Native,
  fd: number,
  command: string,
  { deadlineMs = startDeadlineMs, onWaiting = goOn }: AwaitOptions = {},
): Promise<Handshake> {
  const late = Promise.withResolvers<never>();
  const tellLate = (): void =>
    late.reject(
      new FirstbornError(
        'timeout',
        `Cannot start ${quoted(command)}: it was not executed within ${deadlineMs / 1000} s`,
      ),
    );
  let timer = setTimeout(tellLate, deadlineMs);
  const serve = async (stage: number): Promise<void> => {
    clearTimeout(timer);
    await onWaiting(stage);
    timer = setTimeout(tellLate, deadlineMs);
  };
  let serving = Promise.resolve();
  const reading = readHandshake(native, fd, (stage) => (serving = serve(stage)));
  try {
    return await Promise.race([reading.outcome, late.promise]);
  } finally {
    // Of a child that has ended while it waited: a hook that still runs has its pidfd.
    await serving.catch(() => {});
    clearTimeout(timer);
    reading.abandon();
  }
}
