import { FirstbornError } from '../../protocol/errors.ts';
import {
  FileStat,
  Metrics,
  ProcessList,
  type ProcessMetrics,
  ReadyEvent,
  type TerminalSize,
  type TransferSummary,
} from '../../protocol/messages.ts';
import { parseWith } from '../../protocol/parse.ts';
import type { BootTimeline } from '../boot-chart/boot-timeline.ts';
import type { StopParameters } from '../machine/machine.ts';
import type { MachineDirectory } from '../machine/machine-directory.ts';
import { releaseName } from '../machine/machine-name.ts';
import { MachineExit } from '../machine/machine-record.ts';
import type { passedMethods } from '../monitor/api.ts';
import type { Aborting } from './abort.ts';
import { spawnMonitor } from '../monitor/spawn-monitor.ts';
import { openAttachment } from './attachment.ts';
import { copyIn, copyOut } from './copies.ts';
import { readBootTimeline } from './boot-timeline-reader.ts';
import type { EndWatch } from './end-watch.ts';
import { readEvents } from './event-reader.ts';
import { openContainer, openExec } from './exec-session.ts';
import { type LogOptions, type LogSource, readLog } from './log-reader.ts';
import { readMachine } from './machine-listing.ts';
import { destroyMachine, removeMachine } from './machine-removal.ts';
import { startMachine } from './machine-start.ts';
import { watchMetrics } from './metrics-watch.ts';
import { askMonitor, type MonitorPlace } from './monitor-access.ts';
import type {
  Attachment,
  AttachOptions,
  Cancellable,
  ContainerRequest,
  ExecRequest,
  ExecSession,
  LogLine,
  Machine,
  MachineInfo,
  RecordedEvent,
  StopOptions,
} from './types.ts';
import type { Readable } from 'node:stream';

function stopParams({ stopSignal, graceMs }: StopOptions): StopParameters {
  return {
    ...(stopSignal === undefined ? {} : { signal: stopSignal }),
    ...(graceMs === undefined ? {} : { graceMs }),
  };
}

/** A machine of a state directory. What it is and does is looked up anew with every call. */
export class MachineHandle implements Machine {
  readonly id: string;
  readonly name: string;
  readonly directory: string;
  readonly #directory: MachineDirectory;
  readonly #place: MonitorPlace;
  /** Of the last start by this handle; the one connection that it keeps, until the machine has ended. */
  #end: EndWatch | undefined;

  constructor(directory: MachineDirectory, name: string) {
    this.id = directory.id;
    this.name = name;
    this.directory = directory.path;
    this.#directory = directory;
    this.#place = { directory: directory.path, info: () => this.info() };
  }

  async info(): Promise<MachineInfo> {
    const info = await readMachine(this.#directory);
    if (info === undefined) throw new FirstbornError('host', `Cannot find machine "${this.name}" any more`);
    return info;
  }

  async start(options: Cancellable & { attach?: AttachOptions } = {}): Promise<Attachment | undefined> {
    const { record } = await this.info();
    const { attachment, end } = await startMachine(this.#place, record, options);
    this.#end?.close();
    this.#end = end;
    return attachment;
  }

  async ready(options: Cancellable = {}): Promise<ReadyEvent> {
    const result = await askMonitor(this.#place, { method: 'ready', params: {} }, options);
    return parseWith(ReadyEvent, result, 'the result of "ready"', 'channel');
  }

  async wait({ signal }: Cancellable = {}): Promise<MachineExit> {
    const watched = await this.#watchedExit(signal);
    const info = await readMachine(this.#directory);
    if (info === undefined && watched !== undefined) return watched;
    // Its next monitor finds out how far it had come, and writes down what became of it.
    if (info?.state === 'dead') await spawnMonitor(this.directory);
    return recordedExit(info) ?? (await this.#askForExit(signal));
  }

  async stop(options: StopOptions = {}): Promise<void> {
    await askMonitor(this.#place, { method: 'stop', params: stopParams(options) }, options);
  }

  async shutdown(options: StopOptions & { how?: 'poweroff' | 'reboot' } = {}): Promise<void> {
    const params = { how: options.how ?? 'poweroff', ...stopParams(options) };
    await askMonitor(this.#place, { method: 'shutdown', params }, options);
  }

  async kill(signal: number, options: Cancellable = {}): Promise<void> {
    await this.#askGuest('signal', { signal }, options);
  }

  async destroy(options: Cancellable = {}): Promise<void> {
    await destroyMachine(this.#place, options);
  }

  async remove(options: Cancellable & { force?: boolean } = {}): Promise<void> {
    this.#end?.close();
    await removeMachine(this.#place, this.#directory, options);
    await releaseName(this.#directory, this.name);
  }

  async attach(options: AttachOptions & Cancellable): Promise<Attachment> {
    const { record } = await this.info();
    return await openAttachment(this.#place, record, options);
  }

  async resize(size: TerminalSize, options: Cancellable = {}): Promise<void> {
    await this.#askGuest('resize', size, options);
  }

  async exec(request: ExecRequest, options: Cancellable = {}): Promise<ExecSession> {
    return await openExec(this.#place, request, options);
  }

  async runContainer(request: ContainerRequest, options: Cancellable = {}): Promise<ExecSession> {
    return await openContainer(this.#place, request, options);
  }

  async metrics(options: Cancellable = {}): Promise<Metrics> {
    return parseWith(Metrics, await this.#askGuest('metrics', {}, options), 'the metrics', 'channel');
  }

  watchMetrics(options: Cancellable & { intervalMs: number }): AsyncIterable<Metrics> {
    return watchMetrics(this.#place, options);
  }

  async processes(options: Cancellable = {}): Promise<ProcessMetrics[]> {
    const all: ProcessMetrics[] = [];
    for (let after = 0; ; after = all.at(-1)?.pid ?? 0) {
      const result = await this.#askGuest('processes', { after }, options);
      const { processes, more } = parseWith(ProcessList, result, 'the list of processes', 'channel');
      all.push(...processes);
      if (!more || processes.length === 0) return all;
    }
  }

  logs(options: LogOptions = {}): AsyncIterable<LogLine> {
    return readLog(this.#source(this.#directory.workloadLogPath), options);
  }

  events(options: Cancellable & { follow?: boolean; sinceMs?: number } = {}): AsyncIterable<RecordedEvent> {
    return readEvents(this.#source(this.#directory.eventsPath), options);
  }

  async bootTimeline(options: Cancellable = {}): Promise<BootTimeline> {
    const { state } = await this.info();
    const timeline = await readBootTimeline(this.#source(this.#directory.eventsPath), {
      isRunning: state === 'running' || state === 'stopping',
      ...options,
    });
    if (timeline !== undefined) return timeline;
    throw new FirstbornError(
      'host',
      `Cannot tell how machine "${this.name}" booted: its workload has not run`,
    );
  }

  async stat(path: string, options: Cancellable & { follow?: boolean } = {}): Promise<FileStat> {
    const { follow = false } = options;
    const result = await this.#askGuest('stat', { path, follow }, options);
    return parseWith(FileStat, result, 'the result of "stat"', 'channel');
  }

  async copyOut(path: string, options: Cancellable & { follow?: boolean } = {}): Promise<Readable> {
    return await copyOut(this.#place, path, options);
  }

  async copyIn(
    path: string,
    archive: AsyncIterable<Uint8Array>,
    options: Cancellable = {},
  ): Promise<TransferSummary> {
    return await copyIn(this.#place, path, archive, options);
  }

  async sync(options: Cancellable = {}): Promise<void> {
    await this.#askGuest('sync', {}, options);
  }

  async freeze(options: Cancellable & { thawAfterMs?: number } = {}): Promise<void> {
    const { thawAfterMs } = options;
    await this.#askGuest('freeze', thawAfterMs === undefined ? {} : { thawAfterMs }, options);
  }

  async thaw(options: Cancellable = {}): Promise<void> {
    await this.#askGuest('thaw', {}, options);
  }

  async #askGuest(
    method: (typeof passedMethods)[number],
    params: object,
    { signal }: Aborting,
  ): Promise<unknown> {
    const body = { method: 'guest', params: { method, params } } as const;
    return await askMonitor(this.#place, body, { signal });
  }

  #source(path: string): LogSource {
    return { path, isOver: () => this.#isOver() };
  }

  async #isOver(): Promise<boolean> {
    const info = await readMachine(this.#directory);
    return info === undefined || info.state === 'exited' || info.state === 'dead';
  }

  /** What the monitor told the one who started the machine; `undefined` when it has told nothing. */
  async #watchedExit(signal: AbortSignal | undefined): Promise<MachineExit | undefined> {
    const end = this.#end;
    if (end === undefined) return undefined;
    return await end.exit(signal).catch(() => {
      signal?.throwIfAborted();
      return undefined;
    });
  }

  async #askForExit(signal: AbortSignal | undefined): Promise<MachineExit> {
    try {
      const result = await askMonitor(this.#place, { method: 'wait', params: {} }, { signal });
      return parseWith(MachineExit, result, 'the result of "wait"', 'channel');
    } catch (error) {
      signal?.throwIfAborted();
      const info = await readMachine(this.#directory);
      const exit = recordedExit(info);
      if (exit !== undefined) return exit;
      throw error;
    }
  }
}

function recordedExit(info: MachineInfo | undefined): MachineExit | undefined {
  return info?.state === 'exited' ? (info.status.exit ?? undefined) : undefined;
}
