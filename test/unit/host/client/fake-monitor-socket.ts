import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { MonitorConnection } from '../../../../host/client/connection.ts';
import { encodeControl, type Frame, FrameDecoder } from '../../../../protocol/frame.ts';
import { scratchDirectory } from '../../../support/scratch-directory.ts';

/** The other end of one connection, which says what a test wants it to say. */
export class FakeMonitorSocket {
  readonly socket: Socket;
  readonly frames: Frame[] = [];
  #look = (): void => {};

  constructor(socket: Socket) {
    this.socket = socket;
    const decoder = new FrameDecoder();
    socket.on('error', () => {});
    socket.on('data', (piece) => {
      this.frames.push(...decoder.push(piece as Buffer));
      this.#look();
    });
  }

  /** The next request, parsed. */
  async request(): Promise<{ id: number; method: string; params: unknown }> {
    const { payload } = await this.frame('request');
    return JSON.parse(payload.toString()) as { id: number; method: string; params: unknown };
  }

  /** The next frame of a type; those before it are dropped. */
  async frame(type: Frame['type']): Promise<Frame> {
    for (;;) {
      const frame = this.frames.shift();
      if (frame?.type === type) return frame;
      if (frame === undefined) {
        await new Promise<void>((resolve) => {
          this.#look = resolve;
        });
      }
    }
  }

  say(type: 'response' | 'event', message: unknown): void {
    this.socket.write(encodeControl(type, message));
  }
}

/** A connection and its other end. Both are closed when the test has ended. */
export async function connectedPair(
  context: TestContext,
): Promise<{ connection: MonitorConnection; monitor: FakeMonitorSocket }> {
  const path = join(scratchDirectory(context), 'monitor.sock');
  const accepted = Promise.withResolvers<FakeMonitorSocket>();
  const server = createServer((socket) => accepted.resolve(new FakeMonitorSocket(socket)));
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const connection = await MonitorConnection.open(path, undefined);
  const monitor = await accepted.promise;
  context.after(() => {
    connection.close();
    monitor.socket.destroy();
    server.close();
  });
  return { connection, monitor };
}
