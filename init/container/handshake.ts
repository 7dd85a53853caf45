import { closeSync } from 'node:fs';
import { fdEvents, type Native } from '../../addon/native.ts';
import { decodeHandshake, type Handshake } from '../../addon/spawn.ts';
import { withinDeadline } from '../boot/deadline.ts';
import { guestError } from '../boot/phase.ts';

/** Plans hold some hundred operations, each of which can warn once, in a record of twelve bytes. */
const maxHandshakeBytes = 12 * 4096;
/** Mounting and entering the root takes milliseconds; a child that is still at it by then never ends. */
const startDeadlineMs = 60_000;

/** Reads a spawn's handshake pipe to its end and closes it. */
export function readHandshake(native: Native, fd: number): Promise<Handshake> {
  return new Promise((resolve, reject) => {
    let bytes = Buffer.alloc(0);
    const buffer = Buffer.alloc(4096);
    const watch = native.watchFd(fd, fdEvents.readable, () => {
      const length = native.readSome(fd, buffer);
      if (length === -1) return;
      bytes = Buffer.concat([bytes, buffer.subarray(0, length)]);
      if (length > 0 && bytes.length < maxHandshakeBytes) return;
      watch.close();
      closeSync(fd);
      try {
        resolve(decodeHandshake(bytes));
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
  });
}

/**
 * Waits until a spawned plan has become its program or has not. Takes over `fd`. Throws when neither comes: such a
 * child hangs in the kernel, where no signal ends it, and its exit is not to be waited for.
 */
export async function awaitExec(native: Native, fd: number, command: string): Promise<Handshake> {
  const outcome = await withinDeadline(readHandshake(native, fd), startDeadlineMs);
  if (outcome.state === 'settled') return outcome.value;
  throw guestError(`Cannot start "${command}": it was not executed within ${startDeadlineMs / 1000} s`);
}
