import * as z from 'zod';
import { ContainerParams, errorReplyCodes, ExecParams, FailedOperation } from '../../protocol/messages.ts';
import { ExitCode, Offset, ShortText } from '../../protocol/fields.ts';
import { maxSampleIntervalMs, maxStopGraceMs, minSampleIntervalMs } from '../../protocol/limits.ts';

/**
 * What a client and the monitor of one machine say to each other on the unix socket `monitor.sock`. The frames
 * are the channel's (protocol/frame.ts): `request` from the client, `response` and `event` from the monitor, `data`
 * and `end` both ways, `sample` from the monitor. There is no handshake and there are no credits: the socket's own
 * backpressure holds either side back, and a method that streams has the connection for itself.
 */

/** Stream ids on a connection, whatever they are between monitor and guest. */
export const clientStreams = { input: 1, output: 2, error: 3 } as const;

const errorCodes = ['usage', 'image', 'config', 'host', 'vm', 'guest', 'channel', 'timeout'] as const;

/** Guest methods that a client may ask for through the monitor as they are. */
export const passedMethods = [
  'ping',
  'signal',
  'resize',
  'execs',
  'metrics',
  'processes',
  'stat',
  'sync',
  'freeze',
  'thaw',
] as const;

const Base = { id: z.int().min(1) };
const Empty = z.object({});
const StopParams = z.object({
  signal: z.int().min(1).max(64).optional(),
  graceMs: z.int().min(0).max(maxStopGraceMs).optional(),
});
const PathParams = z.object({ path: z.string().startsWith('/'), follow: z.boolean().default(false) });

export const MonitorRequest = z.discriminatedUnion('method', [
  /** Result: MachineStatus. */
  z.object({ ...Base, method: z.literal('status'), params: Empty }),
  /** Boots the machine if it has not been; answered when the virtual machine monitor runs. */
  z.object({ ...Base, method: z.literal('start'), params: Empty }),
  /** Answered with the ready event once the workload runs; an error when the machine ends before. */
  z.object({ ...Base, method: z.literal('ready'), params: Empty }),
  /** Answered with MachineExit once the machine has ended and will not restart. */
  z.object({ ...Base, method: z.literal('wait'), params: Empty }),
  /** Stops the workload in order, and calls restarts off. */
  z.object({ ...Base, method: z.literal('stop'), params: StopParams }),
  z.object({
    ...Base,
    method: z.literal('shutdown'),
    params: StopParams.extend({ how: z.enum(['poweroff', 'reboot']) }),
  }),
  /** Takes the machine's power away, and calls restarts off. */
  z.object({ ...Base, method: z.literal('destroy'), params: Empty }),
  /** One of `passedMethods` for the guest. Result: the guest's. */
  z.object({
    ...Base,
    method: z.literal('guest'),
    params: z.object({
      method: z.enum(passedMethods),
      params: z.unknown(),
      deadlineMs: z.int().min(1).optional(),
    }),
  }),

  /**
   * Streams the workload's output from now on, with `replay` from the last 128 KiB on. With `wait` the workload waits for
   * this client; without it a client that falls too far behind is dropped.
   */
  z.object({
    ...Base,
    method: z.literal('attach'),
    params: z.object({ stdin: z.boolean(), replay: z.boolean(), wait: z.boolean() }),
  }),
  /** Result: ExecStarted, its streams being `clientStreams`. */
  z.object({
    ...Base,
    method: z.literal('exec'),
    params: z.object({ ...ExecParams.shape, killOnDisconnect: z.boolean().default(false) }),
  }),
  /** As `exec`, for a container of its own. */
  z.object({
    ...Base,
    method: z.literal('run-container'),
    params: z.object({ ...ContainerParams.shape, killOnDisconnect: z.boolean().default(false) }),
  }),
  /** A tar stream on `output`. */
  z.object({ ...Base, method: z.literal('copy-out'), params: PathParams }),
  /** A tar stream on `input`. */
  z.object({ ...Base, method: z.literal('copy-in'), params: PathParams.pick({ path: true }) }),
  /** `sample` frames until the connection closes. */
  z.object({
    ...Base,
    method: z.literal('watch-metrics'),
    params: z.object({ intervalMs: z.int().min(minSampleIntervalMs).max(maxSampleIntervalMs) }),
  }),
]);
export type MonitorRequest = z.infer<typeof MonitorRequest>;

export const MonitorResponse = z.union([
  z.object({ id: z.int(), ok: z.literal(true), result: z.unknown().optional() }),
  z.object({
    id: z.int(),
    ok: z.literal(false),
    error: z.object({
      code: z.enum(errorCodes),
      message: ShortText,
      /** The guest's own words when it was the guest that refused. */
      reply: z
        .object({
          code: z.enum(errorReplyCodes),
          message: z.optional(ShortText),
          failed: z.optional(FailedOperation),
          exitCode: z.int().optional(),
        })
        .optional(),
    }),
  }),
]);
export type MonitorResponse = z.infer<typeof MonitorResponse>;

/** How a process ended. */
export const ProcessExit = z.looseObject({
  code: ExitCode,
  signal: z.int().optional(),
  reason: z.enum(['exited', 'signaled', 'oom']),
});
export type ProcessExit = z.infer<typeof ProcessExit>;

/** What ends a streaming method; the connection closes behind it. */
export const StreamEvent = z.discriminatedUnion('event', [
  /** exec: all of its output came before. */
  z.object({ event: z.literal('exited'), exit: ProcessExit }),
  /** attach: the machine has ended and will not restart; its exit is asked for with `wait`. */
  z.object({ event: z.literal('ended') }),
  /** attach: the client fell `behindBytes` behind. */
  z.object({ event: z.literal('dropped'), behindBytes: Offset }),
  /** attach: output was lost between guest and monitor. */
  z.object({ event: z.literal('gap'), stream: z.int(), missingBytes: Offset }),
  z.object({
    event: z.literal('transferred'),
    summary: z.object({ entries: z.int(), contentBytes: Offset }),
  }),
  z.object({ event: z.literal('failed'), code: z.enum(errorCodes), message: ShortText }),
]);
export type StreamEvent = z.infer<typeof StreamEvent>;
