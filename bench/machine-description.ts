import { execFile } from 'node:child_process';
import { cpus, release, totalmem } from 'node:os';
import { promisify } from 'node:util';
import { findQemu } from '../host/vm/qemu-program.ts';
import type { BenchMachineDescription } from './result.ts';

const run = promisify(execFile);

async function git(...words: string[]): Promise<string> {
  return (await run('git', ['-C', import.meta.dirname, ...words])).stdout.trim();
}

/** The commit of this tree, with `+` when it has been changed since; `unknown` where there is no repository. */
async function describeCommit(): Promise<string> {
  try {
    const commit = await git('rev-parse', '--short=12', 'HEAD');
    return (await git('status', '--porcelain', '--untracked-files=no')) === '' ? commit : `${commit}+`;
  } catch {
    return 'unknown';
  }
}

/** Says what a result was measured on. Throws a FirstbornError of code `host` without QEMU. */
export async function describeThisMachine(): Promise<BenchMachineDescription> {
  const processors = cpus();
  const { version } = await findQemu('x86_64');
  return {
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memoryBytes: totalmem(),
    hostKernel: release(),
    node: process.versions.node,
    qemu: version,
    commit: await describeCommit(),
    date: new Date().toISOString(),
  };
}

/** One line for people. Pure. */
export function formatMachine(machine: BenchMachineDescription): string {
  const memory = `${Math.round(machine.memoryBytes / 1024 ** 3)} GiB`;
  const { cpu, cores, hostKernel, qemu, node, commit } = machine;
  return `${cpu}, ${cores} cores, ${memory}, Linux ${hostKernel}, QEMU ${qemu}, Node ${node}, commit ${commit}`;
}
