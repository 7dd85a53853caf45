import * as z from 'zod/mini';
import { FirstbornError } from '../protocol/errors.ts';
import { parseJsonWith } from '../protocol/parse.ts';

/** What a result was measured on. */
export const BenchMachineDescription = z.object({
  cpu: z.string(),
  cores: z.int(),
  memoryBytes: z.int(),
  hostKernel: z.string(),
  node: z.string(),
  qemu: z.string(),
  /** Of this tree; with `+` when it has been changed since. */
  commit: z.string(),
  date: z.string(),
});
export type BenchMachineDescription = z.infer<typeof BenchMachineDescription>;

const FigureShape = z.object({
  name: z.string(),
  value: z.number(),
  unit: z.enum(['instructions', 'virtual ns', 'bytes', 'ms', 'MiB/s', 'ratio', 'count']),
  spreadPercent: z.optional(z.number()),
  deterministic: z.boolean(),
});

/** A bench's result as it is kept: what was found, how, and where. */
export const BenchResult = z.object({
  bench: z.string(),
  quick: z.boolean(),
  method: z.string(),
  machine: BenchMachineDescription,
  figures: z.array(FigureShape),
});
export type BenchResult = z.infer<typeof BenchResult>;

/** The file of `--json`, of one bench or of several. */
const ResultFile = z.union([BenchResult, z.array(BenchResult)]);

/** Reads kept results. Throws a FirstbornError of code `config` that names what is wrong. */
export function parseResults(text: string, what: string): BenchResult[] {
  const results = parseJsonWith(ResultFile, text, what);
  return Array.isArray(results) ? results : [results];
}

/** The one result of a name. Throws a FirstbornError of code `usage` when it is not among them. */
export function resultOf(results: readonly BenchResult[], bench: string): BenchResult {
  const result = results.find((one) => one.bench === bench);
  if (result !== undefined) return result;
  throw new FirstbornError('usage', `Cannot find a result of the bench "${bench}"`);
}
