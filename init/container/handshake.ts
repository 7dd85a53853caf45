import { closeSync } from 'node:fs';
import { fdEvents, type Native } from '../../addon/native.ts';
import { decodeHandshake, type Handshake } from '../../addon/spawn.ts';

/** Plans hold some hundred operations, each of which can warn once, in a record of twelve bytes. */
const maxHandshakeBytes = 12 * 4096;

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
