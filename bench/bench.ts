/** One number that a bench has found. */
export interface Figure {
  /** Words between slashes, from the subject to the detail: `firstborn/microvm/disk/workload`. */
  name: string;
  value: number;
  unit: 'instructions' | 'virtual ns' | 'bytes' | 'ms' | 'MiB/s' | 'ratio' | 'count';
  /** How far the rounds lie apart, in percent of their median. */
  spreadPercent?: number;
  /** Whether it is (nearly) the same in every run, so that a change means something. */
  deterministic: boolean;
}

export interface BenchReport {
  figures: Figure[];
  /** For people: a table, or several. */
  text: string;
  /** How it was measured, in a few sentences. */
  method: string;
}

export interface BenchOptions {
  /** A tenth of the work, for a look or a smoke test. */
  quick: boolean;
  /** Is told what goes on, a line at a time. */
  onProgress: (text: string) => void;
}

/** A measurement that `npm run bench NAME` runs. */
export interface Bench {
  name: string;
  summary: string;
  run(options: BenchOptions): Promise<BenchReport>;
}
