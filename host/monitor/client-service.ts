import { FirstbornError } from '../../protocol/errors.ts';
import type { MonitorRequest } from './api.ts';
import { AttachSession } from './attach-session.ts';
import type { ClientConnection } from './client-connection.ts';
import { serveCopyIn, serveCopyOut } from './copy-session.ts';
import { serveExec } from './exec-session.ts';
import type { MachineLife } from './machine-life.ts';
import { MetricsHub } from './metrics-hub.ts';
import type { MonitorContext } from './monitor-context.ts';

type Of<Method extends MonitorRequest['method']> = Extract<MonitorRequest, { method: Method }>;

const streamingMethods: ReadonlySet<MonitorRequest['method']> = new Set([
  'attach',
  'exec',
  'run-container',
  'copy-out',
  'copy-in',
  'watch-metrics',
]);
/** Requests that one client may have open. */
const maxOpenRequests = 64;

/** Answers the requests of clients: finds out who has to do what, and turns every failure into an answer. */
export class ClientService {
  readonly #context: MonitorContext;
  readonly #life: MachineLife;
  readonly #metrics: MetricsHub;
  readonly #openRequests = new WeakMap<ClientConnection, number>();

  constructor(context: MonitorContext, life: MachineLife) {
    this.#context = context;
    this.#life = life;
    this.#metrics = new MetricsHub(context.warn);
  }

  /** Takes a request. `gone` aborts when its client has left. */
  handle(connection: ClientConnection, request: MonitorRequest, gone: AbortSignal): void {
    const open = this.#openRequests.get(connection) ?? 0;
    if (connection.isStreaming || open >= maxOpenRequests) {
      const reason = connection.isStreaming
        ? 'the connection is in use'
        : `${open} requests are open already`;
      connection.refuse(
        request.id,
        new FirstbornError('usage', `Cannot take the request "${request.method}": ${reason}`),
      );
      return;
    }
    this.#openRequests.set(connection, open + 1);
    if (streamingMethods.has(request.method)) connection.awaitStream();
    this.#serve(connection, request, gone)
      .catch((error: unknown) => connection.refuse(request.id, error))
      .finally(() => this.#openRequests.set(connection, (this.#openRequests.get(connection) ?? 1) - 1));
  }

  async #serve(connection: ClientConnection, request: MonitorRequest, gone: AbortSignal): Promise<void> {
    switch (request.method) {
      case 'attach':
        connection.respond(request.id);
        this.#attach(connection, request);
        return;
      case 'exec':
      case 'run-container':
        await this.#startProcess(connection, request);
        return;
      case 'copy-out':
      case 'copy-in':
        await this.#copy(connection, request);
        return;
      case 'watch-metrics': {
        const { machine } = await this.#life.reach('watch-metrics');
        if (!machine.channel.hasFeature('metrics')) {
          throw new FirstbornError('guest', "Cannot watch the metrics: the guest's init is too old");
        }
        connection.respond(request.id);
        this.#metrics.watch(connection, machine, request.params.intervalMs);
        return;
      }
      case 'status':
      case 'start':
      case 'ready':
      case 'wait':
      case 'stop':
      case 'shutdown':
      case 'destroy':
      case 'guest':
        connection.respond(request.id, await this.#answer(request, gone));
        return;
      default:
        request satisfies never;
    }
  }

  async #startProcess(connection: ClientConnection, request: Of<'exec' | 'run-container'>): Promise<void> {
    const place = { id: request.id, boot: await this.#life.reach(request.method) };
    if (request.method === 'exec') {
      const { killOnDisconnect, ...params } = request.params;
      await serveExec(connection, place, {
        start: ({ channel }) => channel.request('exec', params),
        hasTerminal: params.terminal !== undefined,
        killOnDisconnect,
      });
      return;
    }
    const { killOnDisconnect, ...params } = request.params;
    await serveExec(connection, place, {
      start: ({ channel }) => channel.request('run-container', params),
      // Its configuration alone knows, and an end of input does a terminal no harm.
      hasTerminal: false,
      killOnDisconnect,
    });
  }

  /** The result of a request that streams nothing. */
  async #answer(
    request: Exclude<
      MonitorRequest,
      Of<'attach' | 'exec' | 'run-container' | 'copy-out' | 'copy-in' | 'watch-metrics'>
    >,
    gone: AbortSignal,
  ): Promise<unknown> {
    const life = this.#life;
    switch (request.method) {
      case 'status':
        return this.#context.keeper.status;
      case 'start':
        return await life.start();
      case 'ready':
        return await life.ready(gone);
      case 'wait':
        return await life.wait(gone);
      case 'stop':
        return await life.stop(request.params);
      case 'shutdown':
        return await life.shutdown(request.params);
      case 'destroy':
        return life.destroy();
      case 'guest':
        return await this.#pass(request, gone);
      default:
        return request satisfies never;
    }
  }

  #attach(connection: ClientConnection, { params }: Of<'attach'>): void {
    const { broadcaster, input, record, keeper } = this.#context;
    const session = new AttachSession(connection, { broadcaster, input, terminal: record.terminal }, params);
    session.open();
    if (!this.#life.isAlive && keeper.status.state === 'exited') session.ended();
  }

  async #pass({ params }: Of<'guest'>, signal: AbortSignal): Promise<unknown> {
    const { method, deadlineMs } = params;
    const { machine } = await this.#life.reach(method, deadlineMs);
    // The guest checks the parameters of its methods itself, and says what is wrong with them.
    return await machine.channel.request(method, params.params as undefined, {
      ...(deadlineMs === undefined ? {} : { deadlineMs }),
      signal,
    });
  }

  async #copy(connection: ClientConnection, request: Of<'copy-out'> | Of<'copy-in'>): Promise<void> {
    const { machine } = await this.#life.reach(request.method);
    const { id } = request;
    if (request.method === 'copy-out') {
      const started = await machine.channel.request('copy-out', request.params);
      await serveCopyOut(connection, { id, machine, started });
    } else {
      const started = await machine.channel.request('copy-in', request.params);
      await serveCopyIn(connection, { id, machine, started });
    }
  }
}
