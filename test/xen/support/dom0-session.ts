import { connect, type Socket } from 'node:net';
import { PassThrough, Writable } from 'node:stream';

/** A frame's type and length; test/xen/dom0/agent.c says what the types mean. */
const headerBytes = 5;
const maxPayloadBytes = 64 * 1024;

function encodeFrame(type: string, payload: Uint8Array): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.write(type, 'latin1');
  header.writeUInt32LE(payload.length, 1);
  return Buffer.concat([header, payload]);
}

/** The bytes of a program's input, as frames. */
class ProgramInput extends Writable {
  readonly #socket: Socket;

  constructor(socket: Socket) {
    super();
    this.#socket = socket;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    let hasRoom = true;
    for (let at = 0; at < chunk.length; at += maxPayloadBytes) {
      hasRoom = this.#socket.write(encodeFrame('I', chunk.subarray(at, at + maxPayloadBytes)));
    }
    if (hasRoom || this.#socket.destroyed) done();
    else this.#socket.once('drain', done);
  }

  override _final(done: () => void): void {
    this.#socket.write(encodeFrame('E', Buffer.alloc(0)));
    done();
  }
}

/** A program that runs in the control domain. Its output must be read or it waits. */
export class Dom0Session {
  readonly stdin: Writable;
  readonly stdout = new PassThrough();
  readonly stderr = new PassThrough();
  /** Its exit code, 128 and the number when a signal ended it. Rejects when the connection ends before. */
  readonly exited: Promise<number>;
  readonly #socket: Socket;
  readonly #exit = Promise.withResolvers<number>();
  #received: Buffer = Buffer.alloc(0);

  /** Runs `words`, through the agent's port on this machine. */
  constructor(port: number, words: readonly string[]) {
    this.#socket = connect(port, '127.0.0.1');
    this.#socket.setNoDelay(true);
    this.stdin = new ProgramInput(this.#socket);
    this.exited = this.#exit.promise;
    this.exited.catch(() => {});
    this.#socket.write(encodeFrame('A', Buffer.from(words.map((word) => `${word}\0`).join(''))));
    this.#socket.on('data', (piece: Buffer) => this.#receive(piece));
    this.#socket.on('error', () => {}); // 'close' follows
    this.#socket.on('close', () => {
      this.#exit.reject(new Error(`Cannot run "${words.join(' ')}" to its end: the control domain has gone`));
      this.stdout.end();
      this.stderr.end();
    });
  }

  /** Sends a signal to the program and what it has started. */
  kill(signalNumber: number): void {
    this.#socket.write(encodeFrame('S', Buffer.from([signalNumber])));
  }

  /** Leaves, which kills it. */
  close(): void {
    this.#socket.destroy();
  }

  #receive(piece: Buffer): void {
    this.#received = this.#received.length === 0 ? piece : Buffer.concat([this.#received, piece]);
    while (this.#received.length >= headerBytes) {
      const endBytes = headerBytes + this.#received.readUInt32LE(1);
      if (this.#received.length < endBytes) return;
      const payload = this.#received.subarray(headerBytes, endBytes);
      this.#take(this.#received.toString('latin1', 0, 1), payload);
      this.#received = this.#received.subarray(endBytes);
    }
  }

  #take(type: string, payload: Buffer): void {
    if (type === 'X') {
      this.#exit.resolve(payload.readUInt32LE());
      this.#socket.end();
      return;
    }
    const stream = type === 'O' ? this.stdout : this.stderr;
    if (stream.write(payload)) return;
    this.#socket.pause();
    stream.once('drain', () => this.#socket.resume());
  }
}
