import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { buildPlanFuzzer, fuzzDirectory } from './build-target.ts';
import { writeSeeds } from './plan-seeds.ts';

/** Inputs that once found something, by what they found. */
const casesDirectory = join(import.meta.dirname, 'cases');
const seedsDirectory = join(fuzzDirectory, 'seeds');
const findingsDirectory = join(fuzzDirectory, 'findings');

/** How a run of the fuzzer ended. */
export interface FuzzOutcome {
  /** What libFuzzer printed, unless it went to the caller's own stderr. */
  output: string;
  exitCode: number | null;
}

/** A fuzzer with fresh seeds. */
export class PlanFuzzer {
  readonly #program: string;
  readonly seedCount: number;

  private constructor(program: string, seedCount: number) {
    this.#program = program;
    this.seedCount = seedCount;
  }

  /** Builds the fuzzer, unless it is up to date, and writes the seeds. */
  static async prepare(): Promise<PlanFuzzer> {
    const program = await buildPlanFuzzer();
    await rm(seedsDirectory, { recursive: true, force: true });
    await mkdir(findingsDirectory, { recursive: true });
    return new PlanFuzzer(program, writeSeeds(seedsDirectory));
  }

  /** Runs every seed and every kept case once. */
  replay(): Promise<FuzzOutcome> {
    const inputs = [casesDirectory, seedsDirectory].flatMap((directory) =>
      readdirSync(directory).map((name) => join(directory, name)),
    );
    return this.#run(['-runs=1', ...inputs], 'pipe');
  }

  /** Searches from the seeds with a fixed seed of its random numbers, so that two runs do the same. Nothing is kept. */
  search(runs: number, limitSeconds: number): Promise<FuzzOutcome> {
    const words = [
      `-runs=${runs}`,
      `-max_total_time=${limitSeconds}`,
      '-seed=1',
      seedsDirectory,
      casesDirectory,
    ];
    return this.#run(words, 'pipe');
  }

  /** Searches on all of `jobs` processors, begins with what earlier searches kept, and tells its progress on stderr. */
  async searchLong(seconds: number, jobs: number): Promise<FuzzOutcome> {
    const corpus = join(fuzzDirectory, 'corpus');
    await mkdir(corpus, { recursive: true });
    const words = [`-fork=${jobs}`, `-max_total_time=${seconds}`, corpus, seedsDirectory, casesDirectory];
    return this.#run(words, 'inherit');
  }

  #run(words: readonly string[], stderr: 'pipe' | 'inherit'): Promise<FuzzOutcome> {
    // An input that takes this long hangs; all of them together stay small.
    const limits = ['-timeout=25', '-rss_limit_mb=2048', '-max_len=16384', '-detect_leaks=0'];
    const child = spawn(this.#program, [...limits, `-artifact_prefix=${findingsDirectory}/`, ...words], {
      stdio: ['ignore', 'ignore', stderr],
      env: {
        ...process.env,
        // Leaks are looked for by ptrace, which is not there everywhere, and nothing under test allocates.
        ASAN_OPTIONS: 'detect_leaks=0:quarantine_size_mb=8',
        UBSAN_OPTIONS: 'print_stacktrace=1',
      },
    });
    const { promise, resolve, reject } = Promise.withResolvers<FuzzOutcome>();
    const chunks: Buffer[] = [];
    child.stderr?.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', reject);
    child.on('close', (exitCode) => resolve({ output: Buffer.concat(chunks).toString(), exitCode }));
    return promise;
  }
}
