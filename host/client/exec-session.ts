import type { Readable, Writable } from 'node:stream';
import { FirstbornError } from '../../protocol/errors.ts';
import { ExecStarted, type TerminalSize } from '../../protocol/messages.ts';
import { parseWith } from '../../protocol/parse.ts';
import { clientStreams, type ProcessExit, type StreamEvent } from '../monitor/api.ts';
import type { Aborting } from './abort.ts';
import type { RequestBody } from './connection.ts';
import { askMonitor, connectToMonitor, explainLoss, type MonitorPlace } from './monitor-access.ts';
import { StreamLink } from './stream-link.ts';
import type { ContainerRequest, ExecRequest, ExecSession } from './types.ts';

interface WantedStreams {
  input: boolean;
  outputs: number[];
}

/** The streams that a process gets, by what was asked for. */
function wantedStreams({ stdin, terminal, detach }: ExecRequest): WantedStreams {
  if (detach === true) return { input: false, outputs: [] };
  const outputs =
    terminal === undefined ? [clientStreams.output, clientStreams.error] : [clientStreams.output];
  return { input: stdin === true, outputs };
}

/**
 * Starts a process in a machine's container. Rejects with a RequestRefusal when the guest did not start it; its
 * reply has the exit code that docker-exec(1) gives. An abort of the signal later on leaves the session.
 */
export async function openExec(
  place: MonitorPlace,
  request: ExecRequest,
  { signal }: Aborting = {},
): Promise<ExecSession> {
  return await open(place, { method: 'exec', params: request }, { ...wantedStreams(request), signal });
}

/** Starts a container beside the workload's. A terminal that its configuration asks for is all on `stdout`. */
export async function openContainer(
  place: MonitorPlace,
  { config, ...others }: ContainerRequest,
  { signal }: Aborting = {},
): Promise<ExecSession> {
  const text = typeof config === 'string' ? config : JSON.stringify(config);
  const outputs = [clientStreams.output, clientStreams.error];
  const input = others.stdin === true;
  return await open(
    place,
    { method: 'run-container', params: { ...others, config: text } },
    { input, outputs, signal },
  );
}

async function open(
  place: MonitorPlace,
  request: RequestBody & { method: 'exec' | 'run-container' },
  wanted: WantedStreams & Aborting,
): Promise<ExecSession> {
  const { signal, outputs } = wanted;
  const connection = await connectToMonitor(place, signal);
  const link = new StreamLink(connection, wanted);
  const result = await link.open(request).catch(async (error: unknown) => {
    signal?.throwIfAborted();
    throw await explainLoss(place, error, signal);
  });
  const started = parseWith(ExecStarted, result, `the result of "${request.method}"`, 'channel');
  return new LinkedExec(place, outputs, started, link);
}

class LinkedExec implements ExecSession {
  readonly exec: number;
  readonly pid: number;
  readonly stdin: Writable | undefined;
  readonly stdout: Readable | undefined;
  readonly stderr: Readable | undefined;
  readonly exited: Promise<ProcessExit>;
  readonly #place: MonitorPlace;
  readonly #link: StreamLink;

  constructor(place: MonitorPlace, outputs: number[], started: ExecStarted, link: StreamLink) {
    this.#place = place;
    this.#link = link;
    this.exec = started.exec;
    this.pid = started.pid;
    this.stdin = link.input;
    this.stdout = outputs.includes(clientStreams.output) ? link.output(clientStreams.output) : undefined;
    this.stderr = outputs.includes(clientStreams.error) ? link.output(clientStreams.error) : undefined;
    this.exited = this.#exit();
    this.exited.catch(() => {});
  }

  async signal(signal: number, { group = false }: { group?: boolean } = {}): Promise<void> {
    const params = { exec: this.exec, signal, group };
    await askMonitor(this.#place, { method: 'guest', params: { method: 'signal', params } });
  }

  async resize(size: TerminalSize): Promise<void> {
    const params = { exec: this.exec, ...size };
    await askMonitor(this.#place, { method: 'guest', params: { method: 'resize', params } });
  }

  close(): void {
    this.#link.close();
  }

  async #exit(): Promise<ProcessExit> {
    return exitOf(await this.#link.ended);
  }
}

function exitOf(event: StreamEvent): ProcessExit {
  if (event.event === 'exited') return event.exit;
  if (event.event === 'failed') throw new FirstbornError(event.code, event.message);
  throw new FirstbornError('channel', `Cannot take the event "${event.event}" for the end of a process`);
}
