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
import { readBy } from './lazy-schema.ts';
import {
  maxEntropyBytes,
  maxFramePayloadBytes,
  maxSampleIntervalMs,
  maxStopGraceMs,
  minSampleIntervalMs,
} from './limits.ts';

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

/** The workload's own stop signal and grace where one is absent. */
const stopParams = () => ({
  signal: z.optional(SignalNumber),
  graceMs: z.optional(z.int().check(z.minimum(0), z.maximum(maxStopGraceMs))),
});
/** Number of an exec, as the guest gave it; absent for the container's first process. */
const target = () => ({ exec: z.optional(z.int().check(z.minimum(1))) });
const pathAndFollow = () => z.object({ path: AbsolutePath, follow: z._default(z.boolean(), false) });

/** What is asked with each method. */
const paramsOf = {
  /** The host has taken all events up to and with `sequence`; the guest may forget them. */
  acknowledge: () => z.object({ sequence: z.int().check(z.minimum(0)) }),

  /** Ends the workload: the signal, then after the grace the kill of everything in its cgroup. */
  stop: () => z.object(stopParams()),
  /** Stops the workload as `stop` does, then ends the machine. */
  shutdown: () => z.object({ ...stopParams(), how: z._default(z.enum(['poweroff', 'reboot']), 'poweroff') }),
  /** Sends a signal to a process, or to its whole process group. */
  signal: () => z.object({ ...target(), signal: SignalNumber, group: z._default(z.boolean(), false) }),
  /** Changes a terminal's size. */
  resize: () => z.object({ ...target(), ...TerminalSize.shape }),

  /** Starts a process in the container. Result: ExecStarted. Its end is the event `exec-exit`. */
  exec: execParams,
  /**
   * Starts a container beside the first one. Result: ExecStarted, for its first process; signals, size and end are those
   * of an exec.
   */
  'run-container': containerParams,
  /** What runs by exec. Result: ExecList. */
  execs: () => z.object({}),

  /** Result: Metrics. */
  metrics: () => z.object({}),
  /** From now on, and for this session, a `sample` frame at every interval; null ends it. */
  'watch-metrics': () =>
    z.object({
      intervalMs: z.nullable(z.int().check(z.minimum(minSampleIntervalMs), z.maximum(maxSampleIntervalMs))),
    }),
  /** Processes of the container by pid, those above `after`. Result: ProcessList. */
  processes: () => z.object({ after: z._default(Offset, 0) }),

  /** Result: FileStat. Links are followed inside the container, the last one only with `follow`. */
  stat: pathAndFollow,
  /** A tar stream of `path` and all below it, named from its last component on. Result: TransferStarted. */
  'copy-out': pathAndFollow,
  /** Unpacks a tar stream into the directory `path`. Result: TransferStarted. */
  'copy-in': () => z.object({ path: AbsolutePath }),
  /** Waits for the end of a copy. Result: TransferSummary; an error reply when it failed. */
  'await-transfer': () => z.object({ transfer: z.int() }),
  /** Ends a copy that is under way. */
  'cancel-transfer': () => z.object({ transfer: z.int() }),

  /** Steps the guest's clock by `stepMs`, if given. Result: ClockReading. */
  clock: () => z.object({ stepMs: z.optional(z.number()) }),
  /** Mixes and credits entropy, base64. */
  entropy: () => z.object({ bytes: z.base64().check(z.maxLength(Math.ceil(maxEntropyBytes / 3) * 4)) }),
  /** Writes what the page cache holds for the disks. */
  sync: () => z.object({}),
  /** Stops every process of the container and every writable disk, for a snapshot. */
  freeze: () =>
    z.object({
      thawAfterMs: z.optional(z.int().check(z.minimum(1), z.maximum(maxStopGraceMs))),
    }),
  thaw: () => z.object({}),
};

type ParamsOf = typeof paramsOf;
/** What every request has, and `ping` has nothing else. */
interface RequestBase<Method extends string> {
  id: number;
  deadlineMs?: number | undefined;
  method: Method;
}
type Requests<Shape extends 'output' | 'input'> =
  | RequestBase<'ping'>
  | {
      [Method in keyof ParamsOf]: RequestBase<Method> & {
        params: Shape extends 'output'
          ? z.output<ReturnType<ParamsOf[Method]>>
          : z.input<ReturnType<ParamsOf[Method]>>;
      };
    }[keyof ParamsOf];

/** The methods that there are. */
export const requestMethods = ['ping', ...Object.keys(paramsOf)] as readonly RequestMethod[];

const schemas = new Map<string, z.ZodMiniType>();

/** The schema of one method's requests. Those of all together take longer to make than a machine's disks to mount. */
function schemaOf(method: RequestMethod): z.ZodMiniType {
  const known = schemas.get(method);
  if (known !== undefined) return known;
  const schema = z.object({
    id: z.int().check(z.minimum(1)),
    deadlineMs: z.optional(z.int().check(z.minimum(1))),
    method: z.literal(method),
    ...(method === 'ping' ? {} : { params: paramsOf[method]() }),
  });
  schemas.set(method, schema);
  return schema;
}

function refuse(context: z.core.ParsePayload, path: string[], message: string): never {
  context.issues.push({ code: 'custom', path, message, input: context.value });
  return z.NEVER;
}

const readRequest = z.transform((value: unknown, context: z.core.ParsePayload): Requests<'output'> => {
  if (typeof value !== 'object' || value === null) return refuse(context, [], 'expected an object');
  const method = requestMethods.find((name) => 'method' in value && name === value.method);
  if (method === undefined) return refuse(context, ['method'], 'expected the name of a method');
  return readBy(schemaOf(method), value, context) as Requests<'output'>;
});

/** host → guest, by its method. Every method but `ping` has `params`, `{}` where nothing is asked. */
export const Request = z.pipe(z.unknown(), readRequest) as unknown as z.ZodMiniType<
  Requests<'output'>,
  Requests<'input'>
>;
export type Request = Requests<'output'>;
export type RequestMethod = Request['method'];

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
