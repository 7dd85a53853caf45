import type { Readable, Writable } from 'node:stream';
import type {
  Event,
  ExecParams,
  FileStat,
  Metrics,
  ProcessMetrics,
  ReadyEvent,
  TerminalSize,
  TransferSummary,
} from '../../protocol/messages.ts';
import type { RuntimeSpec } from '../../protocol/oci/runtime-spec.ts';
import type { MachineExit, MachineRecord, MachineStatus } from '../machine/machine-record.ts';
import type { BootTimeline } from '../boot-chart/boot-timeline.ts';
import type { ProcessExit } from '../monitor/api.ts';

/**
 * The client library's shapes. Every method that waits takes an AbortSignal and rejects with its reason when it
 * aborts; every failure is a FirstbornError with a code.
 */
export interface Cancellable {
  signal?: AbortSignal;
}

/** How the workload is asked to end; its own signal and grace where one is absent. */
export interface StopOptions extends Cancellable {
  /** Signal number. `signal` is the caller's own AbortSignal. */
  stopSignal?: number;
  /** Time from the signal to the kill of everything in the container. */
  graceMs?: number;
}

/**
 * `lost`: the monitor is dead and the virtual machine still runs; `start` puts a new monitor over it.
 * `dead`: both are gone and nobody recorded an exit.
 */
export type MachineState = MachineStatus['state'] | 'lost' | 'dead';

/** A machine as `list` and `info` show it. `status.health` is what its health check last said, null without one. */
export interface MachineInfo {
  record: MachineRecord;
  status: MachineStatus;
  state: MachineState;
  directory: string;
}

/** One line of the workload's log. */
export interface LogLine {
  timeMs: number;
  /** As logged, RFC 3339 with nanoseconds. */
  time: string;
  stream: 'stdout' | 'stderr';
  /** With its line feed, unless the line was cut or never ended. */
  bytes: Buffer;
}

/** An event of the guest or of the monitor, as `events.jsonl` holds it. */
export interface RecordedEvent {
  unixMs: number;
  machine: { id: string; name: string };
  event:
    | Event
    | { event: 'created' | 'start' | 'restart' | 'end' | 'destroy' | 'gap'; [key: string]: unknown };
}

export interface ExecSession {
  /** The guest's number for it. */
  readonly exec: number;
  readonly pid: number;
  /** Absent without `stdin` and with `detach`. Its end is the end of the process's input. */
  readonly stdin: Writable | undefined;
  readonly stdout: Readable | undefined;
  /** Absent with a terminal. */
  readonly stderr: Readable | undefined;
  /**
   * Resolves when the process has ended and all of its output is here, in the buffers of the streams: unread output that exceeds them
   * keeps it waiting. Rejects when the machine went first.
   */
  readonly exited: Promise<ProcessExit>;
  signal(signal: number, options?: { group?: boolean }): Promise<void>;
  resize(size: TerminalSize): Promise<void>;
  /** Leaves it. The process goes on, unless it was started with `killOnDisconnect`. */
  close(): void;
}

export type AttachEnd = { how: 'ended' } | { how: 'dropped'; behindBytes: number } | { how: 'closed' };

export interface Attachment {
  /** Absent unless asked for and unless the workload has an input. */
  readonly stdin: Writable | undefined;
  readonly stdout: Readable;
  /** Absent with a terminal. */
  readonly stderr: Readable | undefined;
  /** Rejects when the monitor was lost. */
  readonly ended: Promise<AttachEnd>;
  /** Bytes that never came, per stream, whenever it happens. */
  onGap(listener: (gap: { stream: 'stdout' | 'stderr'; missingBytes: number }) => void): void;
  close(): void;
}

/** `exec` as a caller writes it. */
export type ExecRequest = Partial<Omit<ExecParams, 'args'>> & {
  args: string[];
  /** Kills the process (its whole session) when this client goes. */
  killOnDisconnect?: boolean;
};

/** `runContainer` as a caller writes it. */
export interface ContainerRequest {
  /** A runtime-spec configuration, or its text where numbers must stay exact. `root` says only whether it is read-only. */
  config: RuntimeSpec | string;
  stdin?: boolean;
  /** Kills the container when this client goes. */
  killOnDisconnect?: boolean;
}

/** One machine. Made by `Firstborn`; holds no connection between calls. */
export interface Machine {
  readonly id: string;
  readonly name: string;
  readonly directory: string;
  info(): Promise<MachineInfo>;
  /**
   * Starts the monitor, or a new one over a machine whose monitor died, and boots unless it runs. `attach` joins the streams before the
   * workload can have written anything.
   */
  start(options?: Cancellable & { attach?: AttachOptions }): Promise<Attachment | undefined>;
  /** Resolves when the workload runs. Rejects with code `vm` when the machine ends before. */
  ready(options?: Cancellable): Promise<ReadyEvent>;
  /** Resolves when the machine has ended for good; also for one that ended long ago. */
  wait(options?: Cancellable): Promise<MachineExit>;
  stop(options?: StopOptions): Promise<void>;
  shutdown(options?: StopOptions & { how?: 'poweroff' | 'reboot' }): Promise<void>;
  /** Sends a signal to the workload's first process. */
  kill(signal: number, options?: Cancellable): Promise<void>;
  /** Takes its power away; works without a monitor too. */
  destroy(options?: Cancellable): Promise<void>;
  /** Removes all traces; a machine that runs only with `force`. */
  remove(options?: Cancellable & { force?: boolean }): Promise<void>;
  attach(options: AttachOptions & Cancellable): Promise<Attachment>;
  resize(size: TerminalSize, options?: Cancellable): Promise<void>;
  exec(request: ExecRequest, options?: Cancellable): Promise<ExecSession>;
  /** Starts a container of its own beside the workload's, over the same image. Lasts as long as the workload at most. */
  runContainer(request: ContainerRequest, options?: Cancellable): Promise<ExecSession>;
  metrics(options?: Cancellable): Promise<Metrics>;
  watchMetrics(options: Cancellable & { intervalMs: number }): AsyncIterable<Metrics>;
  processes(options?: Cancellable): Promise<ProcessMetrics[]>;
  logs(options?: Cancellable & { follow?: boolean; sinceMs?: number; tail?: number }): AsyncIterable<LogLine>;
  events(options?: Cancellable & { follow?: boolean; sinceMs?: number }): AsyncIterable<RecordedEvent>;
  /**
   * Where the time of the latest boot went that came to its workload, also of a machine that has ended; needs no monitor.
   * Rejects with code `host` when there was none.
   */
  bootTimeline(options?: Cancellable): Promise<BootTimeline>;
  stat(path: string, options?: Cancellable & { follow?: boolean }): Promise<FileStat>;
  /** A tar stream; an error of the copy destroys it. */
  copyOut(path: string, options?: Cancellable & { follow?: boolean }): Promise<Readable>;
  copyIn(path: string, archive: AsyncIterable<Uint8Array>, options?: Cancellable): Promise<TransferSummary>;
  sync(options?: Cancellable): Promise<void>;
  freeze(options?: Cancellable & { thawAfterMs?: number }): Promise<void>;
  thaw(options?: Cancellable): Promise<void>;
}

export interface AttachOptions {
  stdin: boolean;
  /** Begins with the last 128 KiB. */
  replay: boolean;
  /** The workload waits for this client; else a client that falls behind is dropped. */
  wait: boolean;
}
