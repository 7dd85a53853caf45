import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { FirstbornError } from '../../protocol/errors.ts';
import type { MonitorRequest } from './api.ts';
import { ClientConnection } from './client-connection.ts';

export interface ClientServerHandlers {
  /** `gone` aborts when the client has left. */
  request(connection: ClientConnection, request: MonitorRequest, gone: AbortSignal): void;
  /** The last client has left. */
  idle(): void;
}

/** Clients that may be connected at once. */
export const maxClients = 256;

/** The monitor's socket and its clients. */
export class ClientServer {
  readonly #path: string;
  readonly #handlers: ClientServerHandlers;
  readonly #connections = new Set<ClientConnection>();
  readonly #server: Server;

  constructor(path: string, handlers: ClientServerHandlers) {
    this.#path = path;
    this.#handlers = handlers;
    this.#server = createServer((socket) => this.#welcome(socket));
  }

  get connections(): ReadonlySet<ClientConnection> {
    return this.#connections;
  }

  /**
   * Begins to serve. A socket file that is there already belonged to a monitor that is dead: whoever calls holds
   * the lock. The file is its owner's alone. Rejects with code `host`.
   */
  async listen(): Promise<void> {
    rmSync(this.#path, { force: true });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once('error', reject);
    this.#server.listen(this.#path, resolve);
    try {
      await promise;
    } catch (cause) {
      throw new FirstbornError('host', `Cannot listen on "${this.#path}"`, { cause });
    }
    this.#server.on('error', () => {});
    chmodSync(this.#path, 0o600);
  }

  /** Takes no more clients, and leaves those that are there. */
  close(): void {
    // Removes the socket file.
    this.#server.close();
    for (const connection of this.#connections) connection.close();
  }

  #welcome(socket: Socket): void {
    const gone = new AbortController();
    const connection = new ClientConnection(socket, {
      request: (request) => this.#handlers.request(connection, request, gone.signal),
      closed: () => {
        gone.abort();
        this.#connections.delete(connection);
        if (this.#connections.size === 0) this.#handlers.idle();
      },
    });
    this.#connections.add(connection);
    if (this.#connections.size > maxClients) {
      connection.fail(new FirstbornError('host', `Cannot serve more than ${maxClients} clients`));
    }
  }
}
