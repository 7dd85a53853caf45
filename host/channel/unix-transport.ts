import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { FirstbornError } from '../../protocol/errors.ts';

/** sun_path of unix(7) without its closing NUL. */
export const maxSocketPathBytes = 107;
const retryIntervalMs = 20;

function connectOnce(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.removeListener('error', reject);
      resolve(socket);
    });
  });
}

export interface ConnectOptions {
  /** How long the listener may take to appear. */
  deadlineMs: number;
  signal: AbortSignal;
}

/**
 * Connects to a unix socket that another process is about to create: tries again while it is missing or
 * nobody listens yet. The caller destroys the socket. Throws a FirstbornError of code `timeout` at the
 * deadline, of code `channel` for any other failure, and the signal's reason when aborted.
 */
export async function connectUnix(path: string, { deadlineMs, signal }: ConnectOptions): Promise<Socket> {
  const endMs = performance.now() + deadlineMs;
  for (;;) {
    signal.throwIfAborted();
    try {
      return await connectOnce(path);
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      if (code !== 'ENOENT' && code !== 'ECONNREFUSED') {
        throw new FirstbornError('channel', `Cannot connect to "${path}"`, { cause });
      }
      if (performance.now() >= endMs) {
        throw new FirstbornError('timeout', `Cannot connect to "${path}" within ${deadlineMs} ms`, { cause });
      }
    }
    await delay(retryIntervalMs, undefined, { signal }).catch(() => {});
  }
}
