import type { Socket } from 'node:net';
import { Writable } from 'node:stream';
import { encodeData, encodeFrame, encodeOffset } from '../../protocol/frame.ts';
import { maxStreamChunkBytes } from '../../protocol/limits.ts';

const highWaterMarkBytes = 64 * 1024;

/**
 * What a client sends on a stream, no faster than the monitor takes it. A socket that is gone takes everything:
 * that the other side has ended is told elsewhere, and is no error of who writes.
 */
export class LinkInput extends Writable {
  readonly #socket: Socket;
  readonly #stream: number;
  #offset = 0;

  constructor(socket: Socket, stream: number) {
    super({ highWaterMark: highWaterMarkBytes, decodeStrings: true });
    this.#socket = socket;
    this.#stream = stream;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    const frames: Buffer[] = [];
    for (let start = 0; start < chunk.length; start += maxStreamChunkBytes) {
      const piece = chunk.subarray(start, start + maxStreamChunkBytes);
      frames.push(encodeData(this.#stream, this.#offset, piece));
      this.#offset += piece.length;
    }
    this.#send(Buffer.concat(frames), done);
  }

  override _final(done: () => void): void {
    this.#send(encodeFrame('end', this.#stream, encodeOffset(this.#offset)), done);
  }

  #send(bytes: Buffer, done: () => void): void {
    if (this.#socket.destroyed) done();
    else this.#socket.write(bytes, () => done());
  }
}
