import { connect } from 'node:net';
import { encodeControl, FrameDecoder } from '../../protocol/frame.ts';
import type { MonitorRequest } from './api.ts';

const answerMs = 5_000;

/**
 * Whether a monitor serves a unix socket: whether it answers. A monitor that was killed can still be connected
 * to while the last of its threads is ending. Resolves, never rejects, and leaves no connection.
 */
export function isServed(socketPath: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const decoder = new FrameDecoder();
  const socket = connect(socketPath);
  socket.setTimeout(answerMs, () => socket.destroy());
  socket.on('error', () => {});
  socket.once('close', () => resolve(false));
  socket.once('connect', () => {
    const request: MonitorRequest = { id: 1, method: 'status', params: {} };
    socket.write(encodeControl('request', request));
  });
  socket.on('data', (piece) => {
    if (decoder.push(piece as Buffer).length === 0) return;
    resolve(true);
    socket.destroy();
  });
  return promise;
}
