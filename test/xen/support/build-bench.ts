/** Builds what the bench boots Xen with, below build/xen/: each step is skipped while its inputs are the same. */
import { randomUUID } from 'node:crypto';
import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { runCompiler } from '../../../addon/compiler.ts';
import { archiveEntries, writeArchive } from '../../../image/initramfs/archive-file.ts';
import { describeError } from '../../../protocol/errors.ts';
import { buildStep } from '../../../scripts/build-step.ts';
import { extractVmlinux } from '../../support/extract-vmlinux.ts';
import { projectRoot } from '../../support/test-images.ts';
import { benchPaths } from './bench-paths.ts';
import { dom0Files, dom0Sources } from './dom0-files.ts';

const folder = join(import.meta.dirname, '..');
const compilerFlags = ['-std=gnu17', '-O2', '-Wall', '-Wextra', '-Werror', '-static', '-s'];

/** Compiles a program for the control domain or a guest; `headers` are what else it is made of. */
async function compile(
  what: string,
  sourcePath: string,
  outPath: string,
  headers: string[] = [],
): Promise<void> {
  await buildStep({
    what: `building ${what}`,
    outPath,
    inputs: [sourcePath, ...headers],
    run: async () => {
      await runCompiler(what, 'gcc', [...compilerFlags, sourcePath, '-o', outPath]);
    },
  });
}

async function unpackKernel(what: string, kernelPath: string, outPath: string): Promise<void> {
  await buildStep({
    what: `unpacking ${what}`,
    outPath,
    inputs: [kernelPath],
    run: async () => {
      const temporaryPath = `${outPath}.${randomUUID()}.tmp`;
      try {
        extractVmlinux(kernelPath, temporaryPath);
        // Nobody debugs it here, and what is loaded has to be copied twice.
        await runCompiler('a kernel', 'strip', ['-s', temporaryPath]);
        renameSync(temporaryPath, outPath);
      } finally {
        rmSync(temporaryPath, { force: true });
      }
    },
  });
}

async function main(): Promise<void> {
  await unpackKernel('the kernel of the control domain', benchPaths.kernel, benchPaths.vmlinux);
  await unpackKernel(
    'the kernel of the guests',
    join(projectRoot, 'build/kernel/vmlinuz'),
    benchPaths.guestVmlinux,
  );
  await compile('the agent of the control domain', join(folder, 'dom0/agent.c'), benchPaths.agent, [
    join(folder, 'dom0/frames.h'),
  ]);
  await compile("a probe of a guest's offloads", join(folder, 'guest/offloads.c'), benchPaths.offloads);
  await buildStep({
    what: 'writing the initramfs of the control domain',
    outPath: benchPaths.initramfs,
    inputs: dom0Sources(),
    run: () =>
      writeArchive(
        benchPaths.initramfs,
        archiveEntries(dom0Files(), { directories: ['var/lib', 'var/log', 'usr/bin', 'sbin', 'etc/xen'] }),
      ),
  });
}

try {
  await main();
} catch (error) {
  process.stderr.write(`firstborn: ${describeError(error)}\n`);
  process.exit(125);
}
