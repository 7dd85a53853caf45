import { connect, type Socket } from 'node:net';
import {
  decodeOffset,
  encodeControl,
  encodeData,
  encodeFrame,
  encodeOffset,
  FrameDecoder,
} from '../../../../protocol/frame.ts';
import type { Metrics } from '../../../../protocol/messages.ts';
import { clientStreams, type MonitorResponse, type StreamEvent } from '../../../../host/monitor/api.ts';

type Answer = MonitorResponse;

const isLast = ({ event }: StreamEvent): boolean => event !== 'gap';

/** A client of a monitor that keeps what it gets, and reads only when it is told to. */
export class MonitorClient {
  readonly socket: Socket;
  readonly output: Buffer[] = [];
  readonly error: Buffer[] = [];
  readonly events: StreamEvent[] = [];
  readonly samples: Metrics[] = [];
  readonly ended = new Set<number>();
  readonly closed: Promise<void>;
  /** Takes the output instead of `output` and `error`. */
  onOutput: ((bytes: Buffer) => void) | undefined;
  readonly #receivedBytes = new Map<number, number>();
  #lastId = 0;
  #sentBytes = 0;
  readonly #answers = new Map<number, (answer: Answer) => void>();
  #watchers: { holds: () => boolean; resolve: () => void }[] = [];
  #isClosed = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    const decoder = new FrameDecoder();
    socket.on('error', () => {});
    socket.on('data', (piece) => {
      for (const { type, stream, payload } of decoder.push(piece as Buffer)) {
        if (type === 'response') this.#answer(JSON.parse(payload.toString()) as Answer);
        else if (type === 'event') this.events.push(JSON.parse(payload.toString()) as StreamEvent);
        else if (type === 'sample') this.samples.push(JSON.parse(payload.toString()) as Metrics);
        else if (type === 'end') this.ended.add(stream);
        else if (type === 'data') this.#data(stream, decodeOffset(payload), payload.subarray(8));
      }
      this.#look();
    });
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        this.#isClosed = true;
        this.#look();
        resolve();
      });
    });
  }

  static connect(socketPath: string): Promise<MonitorClient> {
    return new Promise((resolve, reject) => {
      const socket = connect(socketPath);
      socket.once('error', reject);
      socket.once('connect', () => resolve(new MonitorClient(socket)));
    });
  }

  /** The answer to a request, whatever it is. */
  ask(method: string, params: object = {}): Promise<Answer> {
    this.#lastId += 1;
    const id = this.#lastId;
    const answer = new Promise<Answer>((resolve, reject) => {
      this.#answers.set(id, resolve);
      void this.closed.then(() => reject(new Error(`Connection closed before "${method}" was answered`)));
    });
    this.socket.write(encodeControl('request', { id, method, params }));
    return answer;
  }

  /** The result of a request; an error otherwise. */
  async request(method: string, params: object = {}): Promise<unknown> {
    const answer = await this.ask(method, params);
    if (!answer.ok) throw new Error(answer.error.message);
    return answer.result;
  }

  /** Sends input; false when the socket is full. */
  send(bytes: Uint8Array): boolean {
    const chunkBytes = 16 * 1024;
    let hasRoom = true;
    for (let start = 0; start < bytes.length; start += chunkBytes) {
      const chunk = bytes.subarray(start, start + chunkBytes);
      hasRoom = this.socket.write(encodeData(clientStreams.input, this.#sentBytes, chunk));
      this.#sentBytes += chunk.length;
    }
    return hasRoom;
  }

  sendEnd(): void {
    this.socket.write(encodeFrame('end', clientStreams.input, encodeOffset(this.#sentBytes)));
  }

  get outputText(): string {
    return Buffer.concat(this.output).toString();
  }

  get errorText(): string {
    return Buffer.concat(this.error).toString();
  }

  /** Resolves as soon as something holds; looked at whenever anything comes. Rejects when the connection closes. */
  until(holds: () => boolean): Promise<void> {
    if (holds()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#watchers.push({ holds, resolve });
      void this.closed.then(() => reject(new Error(`Connection closed: ${JSON.stringify(this.events)}`)));
    });
  }

  /** The event that ends a streaming method. */
  async lastEvent(): Promise<StreamEvent> {
    await this.until(() => this.events.some(isLast));
    return this.events.find(isLast) as StreamEvent;
  }

  close(): void {
    this.socket.destroy();
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  #data(stream: number, offset: number | undefined, bytes: Buffer): void {
    const received = this.#receivedBytes.get(stream) ?? 0;
    if (offset !== received)
      throw new Error(`Expected offset ${received} on stream ${stream}, got ${offset}`);
    this.#receivedBytes.set(stream, received + bytes.length);
    if (this.onOutput !== undefined) this.onOutput(bytes);
    else if (bytes.length > 0) (stream === clientStreams.error ? this.error : this.output).push(bytes);
  }

  #answer(answer: Answer): void {
    this.#answers.get(answer.id)?.(answer);
    this.#answers.delete(answer.id);
  }

  #look(): void {
    this.#watchers = this.#watchers.filter(({ holds, resolve }) => {
      if (!holds()) return true;
      resolve();
      return false;
    });
  }
}
