import type * as z from 'zod/mini';
import {
  ClockReading,
  ExecList,
  ExecStarted,
  FileStat,
  type guestFeatures,
  Metrics,
  ProcessList,
  type Request,
  TransferStarted,
  TransferSummary,
} from '../../protocol/messages.ts';
import { parseWith } from '../../protocol/parse.ts';

/** What each request takes, gives back and needs, as the compiler and the receiver of an answer see it. */

type RequestInput = z.input<typeof Request>;
export type RequestMethod = RequestInput['method'];

/** The parameters of a method, defaults left out; `undefined` for a method without any. */
export type RequestParams<Method extends RequestMethod> =
  Extract<RequestInput, { method: Method }> extends { params: infer Params } ? Params : undefined;

const resultSchemas = {
  exec: ExecStarted,
  'run-container': ExecStarted,
  execs: ExecList,
  metrics: Metrics,
  processes: ProcessList,
  stat: FileStat,
  'copy-out': TransferStarted,
  'copy-in': TransferStarted,
  'await-transfer': TransferSummary,
  clock: ClockReading,
} as const;
type ResultSchemas = typeof resultSchemas;

/** What a method's answer carries; `undefined` for one that is only done. */
export type RequestResult<Method extends RequestMethod> = Method extends keyof ResultSchemas
  ? z.output<ResultSchemas[Method]>
  : undefined;

/** Checks the result of an answer. Throws a FirstbornError of code `channel` that names the bad value. */
export function parseResult(method: RequestMethod, result: unknown): unknown {
  const schema: z.ZodMiniType | undefined = (resultSchemas as Partial<Record<string, z.ZodMiniType>>)[method];
  return schema === undefined ? undefined : parseWith(schema, result, `the result of "${method}"`, 'channel');
}

export type GuestFeature = (typeof guestFeatures)[number];

/** The feature that a guest names in its welcome when it knows the method; `undefined`: every guest does. */
export const methodFeatures: Record<RequestMethod, GuestFeature | undefined> = {
  ping: undefined,
  acknowledge: undefined,
  stop: undefined,
  shutdown: 'shutdown',
  signal: 'exec',
  resize: 'exec',
  exec: 'exec',
  'run-container': 'containers',
  execs: 'exec',
  metrics: 'metrics',
  'watch-metrics': 'metrics',
  processes: 'metrics',
  stat: 'files',
  'copy-out': 'files',
  'copy-in': 'files',
  'await-transfer': 'files',
  'cancel-transfer': 'files',
  clock: 'clock',
  entropy: 'entropy',
  sync: 'freeze',
  freeze: 'freeze',
  thaw: 'freeze',
};
