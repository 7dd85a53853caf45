import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { connectUnix } from '../../host/channel/unix-transport.ts';

/** What QEMU tells of its own accord, such as SHUTDOWN. */
export interface QmpEvent {
  event: string;
  data?: Record<string, unknown>;
}

interface QmpReply {
  id?: number;
  return?: unknown;
  error?: { class: string; desc: string };
}

interface PendingCommand {
  name: string;
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** QEMU's words that open its control socket. */
export function qmpArguments(socketPath: string): string[] {
  return ['-qmp', `unix:${socketPath},server=on,wait=off`];
}

/** QEMU's control socket (qemu-qmp-ref(7)): what somebody at the machine itself could do to it. */
export class Qmp {
  readonly events: QmpEvent[] = [];
  /** Resolves when QEMU has closed the socket, which is when it ends. */
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  readonly #pending = new Map<number, PendingCommand>();
  #lastId = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('error', () => {}); // 'close' follows
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        this.#rejectAll();
        resolve();
      });
    });
    createInterface({ input: socket })
      .on('line', (line) => this.#take(JSON.parse(line) as QmpReply | QmpEvent))
      .on('error', () => {});
  }

  /** Connects to the socket as soon as QEMU has made it, and ends the negotiation of capabilities. */
  static async connect(socketPath: string, deadlineMs: number): Promise<Qmp> {
    const signal = AbortSignal.timeout(deadlineMs);
    const qmp = new Qmp(await connectUnix(socketPath, { deadlineMs, signal }));
    await qmp.execute('qmp_capabilities');
    return qmp;
  }

  /** Runs a command. Rejects with QEMU's own words, or when QEMU ends before it answers. */
  execute(name: string, args: Record<string, unknown> = {}): Promise<unknown> {
    this.#lastId += 1;
    const id = this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#pending.set(id, { name, resolve, reject });
    this.#socket.write(`${JSON.stringify({ execute: name, arguments: args, id })}\n`);
    return promise;
  }

  /** Why QEMU ended, as its SHUTDOWN event has it: `guest-shutdown`, `guest-reset`, `guest-panic`. */
  get shutdownReason(): string | undefined {
    const shutdown = this.events.find(({ event }) => event === 'SHUTDOWN');
    return shutdown === undefined ? undefined : String(shutdown.data?.['reason']);
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(message: QmpReply | QmpEvent): void {
    if ('event' in message) {
      this.events.push(message);
      return;
    }
    const command = message.id === undefined ? undefined : this.#pending.get(message.id);
    if (command === undefined) return;
    this.#pending.delete(message.id as number);
    if (message.error === undefined) command.resolve(message.return);
    else command.reject(new Error(`Cannot run "${command.name}": ${message.error.desc}`));
  }

  #rejectAll(): void {
    for (const command of this.#pending.values()) {
      command.reject(new Error(`Cannot run "${command.name}": QEMU has ended`));
    }
    this.#pending.clear();
  }
}
