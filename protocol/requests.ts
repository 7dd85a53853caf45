import * as z from 'zod/mini';
import {
  AbsolutePath,
  CString,
  CStrings,
  Environment,
  Offset,
  SignalNumber,
  TerminalSize,
} from './fields.ts';
import {
  maxEntropyBytes,
  maxFramePayloadBytes,
  maxSampleIntervalMs,
  maxStopGraceMs,
  minSampleIntervalMs,
} from './limits.ts';
import { lazySchema } from './lazy-schema.ts';

/** What a process is started with by `exec`. */
export const execParams = () =>
  z.object({
    args: CStrings.check(z.minLength(1)),
    /** Laid over the environment of the container's first process. */
    env: z._default(Environment, () => ({})),
    /** The container's own working directory when absent. */
    cwd: z.optional(AbsolutePath),
    /** `name`, `uid`, `name:group`, `uid:gid` by the container's own files; the container's user when absent. */
    user: z.optional(CString),
    /** A terminal of this size; without one stdout and stderr come apart. */
    terminal: z.optional(TerminalSize),
    /** Whether stdin is a stream; without it the process reads /dev/null. */
    stdin: z._default(z.boolean(), false),
    /** No streams at all: input and output are /dev/null. */
    detach: z._default(z.boolean(), false),
  });

/** A container of its own beside the first one, over the same image. */
export const containerParams = () =>
  z.object({
    /** The text of a runtime-spec config.json; `root` says only whether it is read-only. */
    config: z.string().check(z.minLength(2), z.maxLength(maxFramePayloadBytes)),
    /** Whether stdin is a stream; without it the process reads /dev/null. */
    stdin: z._default(z.boolean(), false),
  });

/** The schema of all requests, which takes longer to build than a machine's disks to mount. */
function buildRequest() {
  const Sequence = z.int().check(z.minimum(0));
  const Base = { id: z.int().check(z.minimum(1)), deadlineMs: z.optional(z.int().check(z.minimum(1))) };
  const GraceMs = z.int().check(z.minimum(0), z.maximum(maxStopGraceMs));
  /** The workload's own stop signal and grace where one is absent. */
  const StopParams = { signal: z.optional(SignalNumber), graceMs: z.optional(GraceMs) };

  /** Number of an exec, as the guest gave it; absent for the container's first process. */
  const ExecNumber = z.int().check(z.minimum(1));
  const Target = { exec: z.optional(ExecNumber) };
  return z.discriminatedUnion('method', [
    z.object({ ...Base, method: z.literal('ping') }),
    /** The host has taken all events up to and with `sequence`; the guest may forget them. */
    z.object({ ...Base, method: z.literal('acknowledge'), params: z.object({ sequence: Sequence }) }),

    /** Ends the workload: the signal, then after the grace the kill of everything in its cgroup. */
    z.object({
      ...Base,
      method: z.literal('stop'),
      params: z.object(StopParams),
    }),
    /** Stops the workload as `stop` does, then ends the machine. */
    z.object({
      ...Base,
      method: z.literal('shutdown'),
      params: z.object({ ...StopParams, how: z._default(z.enum(['poweroff', 'reboot']), 'poweroff') }),
    }),
    /** Sends a signal to a process, or to its whole process group. */
    z.object({
      ...Base,
      method: z.literal('signal'),
      params: z.object({ ...Target, signal: SignalNumber, group: z._default(z.boolean(), false) }),
    }),
    /** Changes a terminal's size. */
    z.object({
      ...Base,
      method: z.literal('resize'),
      params: z.object({ ...Target, ...TerminalSize.shape }),
    }),

    /** Starts a process in the container. Result: ExecStarted. Its end is the event `exec-exit`. */
    z.object({ ...Base, method: z.literal('exec'), params: execParams() }),
    /**
     * Starts a container beside the first one. Result: ExecStarted, for its first process; signals, size and end are those
     * of an exec.
     */
    z.object({ ...Base, method: z.literal('run-container'), params: containerParams() }),
    /** What runs by exec. Result: ExecList. */
    z.object({ ...Base, method: z.literal('execs'), params: z.object({}) }),

    /** Result: Metrics. */
    z.object({ ...Base, method: z.literal('metrics'), params: z.object({}) }),
    /** From now on, and for this session, a `sample` frame at every interval; null ends it. */
    z.object({
      ...Base,
      method: z.literal('watch-metrics'),
      params: z.object({
        intervalMs: z.nullable(z.int().check(z.minimum(minSampleIntervalMs), z.maximum(maxSampleIntervalMs))),
      }),
    }),
    /** Processes of the container by pid, those above `after`. Result: ProcessList. */
    z.object({ ...Base, method: z.literal('processes'), params: z.object({ after: z._default(Offset, 0) }) }),

    /** Result: FileStat. Links are followed inside the container, the last one only with `follow`. */
    z.object({
      ...Base,
      method: z.literal('stat'),
      params: z.object({ path: AbsolutePath, follow: z._default(z.boolean(), false) }),
    }),
    /** A tar stream of `path` and all below it, named from its last component on. Result: TransferStarted. */
    z.object({
      ...Base,
      method: z.literal('copy-out'),
      params: z.object({ path: AbsolutePath, follow: z._default(z.boolean(), false) }),
    }),
    /** Unpacks a tar stream into the directory `path`. Result: TransferStarted. */
    z.object({ ...Base, method: z.literal('copy-in'), params: z.object({ path: AbsolutePath }) }),
    /** Waits for the end of a copy. Result: TransferSummary; an error reply when it failed. */
    z.object({ ...Base, method: z.literal('await-transfer'), params: z.object({ transfer: z.int() }) }),
    /** Ends a copy that is under way. */
    z.object({ ...Base, method: z.literal('cancel-transfer'), params: z.object({ transfer: z.int() }) }),

    /** Steps the guest's clock by `stepMs`, if given. Result: ClockReading. */
    z.object({ ...Base, method: z.literal('clock'), params: z.object({ stepMs: z.optional(z.number()) }) }),
    /** Mixes and credits entropy, base64. */
    z.object({
      ...Base,
      method: z.literal('entropy'),
      params: z.object({ bytes: z.base64().check(z.maxLength(Math.ceil(maxEntropyBytes / 3) * 4)) }),
    }),
    /** Writes what the page cache holds for the disks. */
    z.object({ ...Base, method: z.literal('sync'), params: z.object({}) }),
    /** Stops every process of the container and every writable disk, for a snapshot. */
    z.object({
      ...Base,
      method: z.literal('freeze'),
      params: z.object({ thawAfterMs: z.optional(z.int().check(z.minimum(1), z.maximum(maxStopGraceMs))) }),
    }),
    z.object({ ...Base, method: z.literal('thaw'), params: z.object({}) }),
  ]);
}

/**
 * host → guest. A discriminated union over `method`. Every method but `ping` has `params`, `{}` where nothing
 * is asked.
 */
export const Request = lazySchema(buildRequest);
export type Request = z.infer<ReturnType<typeof buildRequest>>;
export type RequestMethod = Request['method'];

/** The methods that there are. */
export function requestMethods(): readonly (string | undefined)[] {
  return buildRequest().def.options.map((option) => option.def.shape.method.def.values[0]);
}

/** What can be wrong with a request. Closed. */
export const errorReplyCodes = [
  'bad-request',
  'unknown-method',
  'busy',
  'deadline',
  'not-found',
  'failed',
] as const;
export type ErrorReplyCode = (typeof errorReplyCodes)[number];
