/** The measured machines' own programs, and the addresses at which they start. */
import { execFile } from 'node:child_process';
import { open, readdir, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { runCompiler } from '../../addon/compiler.ts';
import { artefacts } from '../../host/artefacts.ts';
import { FirstbornError } from '../../protocol/errors.ts';
import { buildStep } from '../../scripts/build-step.ts';

const sourceDir = join(import.meta.dirname, '../peers/programs');
/** What the benches build and keep. */
export const benchBuildDir = join(dirname(artefacts().baseInitramfsPath), 'bench');

const commonFlags = [
  '-std=gnu17',
  '-O2',
  '-Wall',
  '-Wextra',
  '-Werror',
  '-static',
  '-s',
  '-Wl,--build-id=none',
];
const freestandingFlags = [
  '-ffreestanding',
  '-fno-builtin',
  '-fno-stack-protector',
  '-fno-asynchronous-unwind-tables',
  '-fpie',
  '-nostdlib',
  '-no-pie',
  '-Wl,-z,noexecstack',
  '-Wl,-z,norelro',
];

/**
 * Addresses at which nothing else has code, so that a breakpoint stops at the program and nowhere else: above all that
 * V8 asks for (46 bits), below the lowest that the kernel gives a mapping by itself.
 */
const textSegments = { mark: '0x7d0000000000', workload: '0x7e0000000000' } as const;

export interface BenchPrograms {
  /** The first program of a machine; it becomes /init. */
  markPath: string;
  /** What every machine is there for. */
  workloadPath: string;
  /** The minimal init in C. */
  cInitPath: string;
}

async function build(name: string, sources: string[], flags: string[]): Promise<string> {
  const outPath = join(benchBuildDir, name);
  await buildStep({
    what: `building ${name}`,
    outPath,
    inputs: [...sources, import.meta.filename],
    run: async () => {
      const units = sources.filter((path) => path.endsWith('.c'));
      await runCompiler(name, 'gcc', [...commonFlags, ...flags, ...units, '-o', outPath]);
    },
  });
  return outPath;
}

/** Builds the programs, where their sources have changed. */
export async function buildPrograms(): Promise<BenchPrograms> {
  await mkdir(benchBuildDir, { recursive: true });
  const header = join(sourceDir, 'freestanding.h');
  const freestanding = (name: keyof typeof textSegments): Promise<string> =>
    build(
      name,
      [join(sourceDir, `${name}.c`), header],
      [...freestandingFlags, `-Wl,-Ttext-segment=${textSegments[name]}`],
    );
  const cInitDir = join(sourceDir, 'c_init');
  const cInitSources = (await readdir(cInitDir)).toSorted().map((name) => join(cInitDir, name));
  return {
    markPath: await freestanding('mark'),
    workloadPath: await freestanding('workload'),
    cInitPath: await build('c-init', cInitSources, []),
  };
}

const entryOffset = 24;
const typeOffset = 16;
const fixedAddressType = 2;

/**
 * Where a program that is not relocated starts (elf(5), e_entry). Throws a FirstbornError of code `host` for one whose
 * addresses are chosen when it starts.
 */
export async function entryAddress(path: string): Promise<bigint> {
  await using file = await open(path);
  const head = Buffer.alloc(entryOffset + 8);
  await file.read(head, 0, head.length, 0);
  if (head.readUInt16LE(typeOffset) === fixedAddressType) return head.readBigUInt64LE(entryOffset);
  throw new FirstbornError('host', `Cannot stop at the start of "${path}": it has no fixed address`);
}

/**
 * The address of a function in a program that is not relocated, by its mangled name. `undefined` when it has no such
 * symbol. Throws a FirstbornError of code `host` when nm(1) can't read it.
 */
export async function functionAddress(path: string, symbol: string): Promise<bigint | undefined> {
  const { stdout } = await runTool('nm', ['--defined-only', path]);
  const address = new RegExp(`^([0-9a-f]+) [TtWw] ${RegExp.escape(symbol)}$`, 'm').exec(stdout)?.[1];
  return address === undefined ? undefined : BigInt(`0x${address}`);
}

/** The symbols of a Node are some tens of megabytes. */
const maxOutputBytes = 256 * 1024 * 1024;

async function runTool(program: string, words: readonly string[]): Promise<{ stdout: string }> {
  try {
    return await promisify(execFile)(program, words, { maxBuffer: maxOutputBytes });
  } catch (cause) {
    throw new FirstbornError('host', `Cannot run "${[program, ...words].join(' ')}"`, { cause });
  }
}

/** Runs a program of the host to its end, for its effect. Throws a FirstbornError of code `host` with its words. */
export async function runProgram(program: string, words: readonly string[]): Promise<void> {
  await runTool(program, words);
}
