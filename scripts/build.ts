/**
 * Builds what boots, into `build/`: the addon, the reaper, the first stage, init's bundle, the stripped Node, and of them
 * the base initramfs, the runtime disk and the initramfs that goes with it; and the console backend that hosts with Xen
 * run. Each step is skipped while the hash of its inputs is the one its output was made from.
 */
import { globSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildAddon } from '../addon/build.ts';
import { buildFirstStage, firstStageSources } from '../addon/first-stage/build.ts';
import { buildReaper, reaperSources } from '../addon/reaper/build.ts';
import { buildXenConsole, xenConsoleSources } from '../addon/xen-console/build.ts';
import { writeBaseInitramfs } from '../image/initramfs/base.ts';
import { writeFirstStage } from '../image/initramfs/first-stage-base.ts';
import { firstStagePaths } from '../image/initramfs/first-stage-plan.ts';
import { initramfsPaths, runtimeFiles } from '../image/initramfs/runtime-files.ts';
import { writeRuntimeDisk } from '../image/runtime-disk.ts';
import { describeError } from '../protocol/errors.ts';
import { bundleInit, bundleProgram } from './bundle-init.ts';
import { buildStep } from './build-step.ts';
import { stripNode } from './strip-node.ts';
import { codeCacheSources, writeCodeCache } from './write-code-cache.ts';

const root = join(import.meta.dirname, '..');
const build = join(root, 'build');
const architecture = process.arch === 'arm64' ? 'arm64' : 'x64';

const paths = {
  node: process.execPath,
  strippedNode: join(build, 'node'),
  addon: join(build, 'addon.node'),
  reaper: join(build, 'reaper'),
  xenConsole: join(build, 'firstborn-xen-console'),
  firstStage: join(build, 'first-stage'),
  loader: join(build, 'init-loader.js'),
  bundle: join(build, 'init.js'),
  codeCache: join(build, 'init.cache'),
  baseInitramfs: join(build, 'initramfs-base.cpio'),
  runtimeDisk: join(build, 'runtime.erofs'),
  firstStageBase: join(build, 'first-stage.cpio'),
};

/** What init runs on, be it in the initramfs or on a disk. */
const runtime = {
  nodePath: paths.strippedNode,
  initPath: paths.loader,
  initFiles: { [initramfsPaths.bundle]: paths.bundle, [initramfsPaths.codeCache]: paths.codeCache },
  addonPath: paths.addon,
  architecture,
} as const;

const archiveSources = [
  'archive-file.ts',
  'base.ts',
  'closure.ts',
  'cpio.ts',
  'elf.ts',
  'first-stage-base.ts',
  'runtime-files.ts',
].map((name) => join(root, 'image/initramfs', name));

const runtimeInputs = [
  paths.strippedNode,
  paths.addon,
  paths.loader,
  paths.bundle,
  paths.codeCache,
  ...archiveSources,
];

async function main(): Promise<void> {
  await mkdir(build, { recursive: true });
  await buildAddon({ outPath: paths.addon });
  await buildStep({
    what: 'building the reaper',
    outPath: paths.reaper,
    inputs: await reaperSources(),
    run: () => buildReaper(paths.reaper),
  });
  await buildStep({
    what: 'building the console backend for Xen',
    outPath: paths.xenConsole,
    inputs: await xenConsoleSources(),
    run: () => buildXenConsole(paths.xenConsole),
  });
  await bundleProgram({ entryPath: join(root, 'init/loader.ts'), outPath: paths.loader });
  await bundleInit({ entryPath: join(root, 'init/bundle-entry.ts'), outPath: paths.bundle });
  await buildStep({
    what: "compiling init's bundle",
    outPath: paths.codeCache,
    inputs: [paths.node, paths.bundle, ...codeCacheSources],
    run: () => writeCodeCache(paths.bundle, paths.codeCache),
  });
  await buildStep({
    what: 'stripping Node',
    outPath: paths.strippedNode,
    inputs: [paths.node, join(root, 'scripts/strip-node.ts')],
    run: () => stripNode(paths.node, paths.strippedNode),
  });
  await buildStep({
    what: 'writing the base initramfs',
    outPath: paths.baseInitramfs,
    inputs: [...runtimeInputs, paths.reaper],
    run: () => writeBaseInitramfs(paths.baseInitramfs, { ...runtime, reaperPath: paths.reaper }),
  });
  await buildRuntimeDisk();
}

/** The disk and the initramfs that finds it. */
async function buildRuntimeDisk(): Promise<void> {
  await buildStep({
    what: 'building the first stage',
    outPath: paths.firstStage,
    inputs: [...(await firstStageSources()), join(root, 'image/initramfs/first-stage-plan.ts')],
    run: () => buildFirstStage(paths.firstStage, firstStagePaths),
  });
  await buildStep({
    what: 'writing the runtime disk',
    outPath: paths.runtimeDisk,
    inputs: [
      ...runtimeInputs,
      join(root, 'image/runtime-disk.ts'),
      ...globSync('image/erofs/*.ts', { cwd: root })
        .toSorted()
        .map((name) => join(root, name)),
    ],
    run: async () => writeRuntimeDisk(paths.runtimeDisk, await runtimeFiles(runtime), architecture),
  });
  await buildStep({
    what: 'writing the initramfs of the first stage',
    outPath: paths.firstStageBase,
    inputs: [...runtimeInputs, paths.reaper, paths.firstStage],
    run: async () =>
      writeFirstStage(
        paths.firstStageBase,
        { firstStagePath: paths.firstStage, reaperPath: paths.reaper, architecture },
        await runtimeFiles(runtime),
      ),
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
