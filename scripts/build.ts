/**
 * Builds what boots: the addon, the reaper, init's bundle, the stripped Node and the base initramfs, into `build/`. Each
 * step is skipped while the hash of its inputs is the one its output was made from.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildAddon } from '../addon/build.ts';
import { buildReaper, reaperSources } from '../addon/reaper/build.ts';
import { writeBaseInitramfs } from '../image/initramfs/base.ts';
import { describeError } from '../protocol/errors.ts';
import { bundleInit } from './bundle-init.ts';
import { buildStep } from './build-step.ts';
import { stripNode } from './strip-node.ts';

const root = join(import.meta.dirname, '..');
const build = join(root, 'build');
const architecture = process.arch === 'arm64' ? 'arm64' : 'x64';

const paths = {
  node: process.execPath,
  strippedNode: join(build, 'node'),
  addon: join(build, 'addon.node'),
  reaper: join(build, 'reaper'),
  bundle: join(build, 'init.js'),
  baseInitramfs: join(build, 'initramfs-base.cpio'),
};

async function main(): Promise<void> {
  await mkdir(build, { recursive: true });
  await buildAddon({ outPath: paths.addon });
  await buildStep({
    what: 'building the reaper',
    outPath: paths.reaper,
    inputs: await reaperSources(),
    run: () => buildReaper(paths.reaper),
  });
  await bundleInit({ entryPath: join(root, 'init/main.ts'), outPath: paths.bundle });
  await buildStep({
    what: 'stripping Node',
    outPath: paths.strippedNode,
    inputs: [paths.node, join(root, 'scripts/strip-node.ts')],
    run: () => stripNode(paths.node, paths.strippedNode),
  });
  await buildStep({
    what: 'writing the base initramfs',
    outPath: paths.baseInitramfs,
    inputs: [
      paths.strippedNode,
      paths.addon,
      paths.reaper,
      paths.bundle,
      ...['base.ts', 'cpio.ts', 'closure.ts', 'elf.ts'].map((name) => join(root, 'image/initramfs', name)),
    ],
    run: () =>
      writeBaseInitramfs(paths.baseInitramfs, {
        nodePath: paths.strippedNode,
        bundlePath: paths.bundle,
        addonPath: paths.addon,
        reaperPath: paths.reaper,
        architecture,
      }),
  });
}

try {
  await main();
} catch (error) {
  await writeFile(
    join(build, 'build-error.log'),
    error instanceof Error ? (error.stack ?? '') : String(error),
  );
  process.stderr.write(`firstborn: ${describeError(error)}\n`);
  process.exit(125);
}
