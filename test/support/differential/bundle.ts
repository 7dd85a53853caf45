import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { busybox } from '../test-images.ts';
import { probeProgram } from './probe-program.ts';

/** What configurations of the cases find in the root, beside busybox. */
function fillRoot(root: string): void {
  copyFileSync(probeProgram(), join(root, 'bin/probe'));
  // Root of a user namespace can't make the points of the base configuration's mounts.
  for (const directory of ['proc', 'dev', 'sys']) mkdirSync(join(root, directory), { recursive: true });
  for (const directory of ['work', 'work/tree', 'work/private', 'hooks', 'filled', 'tmp', 'opt/real/deep']) {
    mkdirSync(join(root, directory), { recursive: true });
  }
  writeFileSync(join(root, 'work/file'), 'file of the root\n');
  writeFileSync(join(root, 'work/tree/leaf'), 'leaf of the root\n');
  writeFileSync(join(root, 'work/writable'), '');
  writeFileSync(join(root, 'filled/first'), 'first\n');
  mkdirSync(join(root, 'filled/inner'));
  writeFileSync(join(root, 'filled/inner/second'), 'second\n');
  symlinkSync('real', join(root, 'opt/relative'));
  symlinkSync('/opt/real', join(root, 'opt/absolute'));
  symlinkSync('../../../../../../opt/real/deep', join(root, 'opt/upwards'));
  symlinkSync('/opt/made/later', join(root, 'opt/dangling'));
  for (const path of ['hooks', 'tmp', 'work/writable']) chmodSync(join(root, path), 0o777);
  chmodSync(join(root, 'work/private'), 0o700);
}

/** What lies beside the root, for binds with relative sources. */
function fillBeside(bundle: string): void {
  mkdirSync(join(bundle, 'data/tree/inner'), { recursive: true });
  writeFileSync(join(bundle, 'data/file'), 'file of the bundle\n');
  writeFileSync(join(bundle, 'data/tree/leaf'), 'leaf of the bundle\n');
  writeFileSync(join(bundle, 'data/tree/inner/leaf'), 'inner leaf of the bundle\n');
}

/**
 * Makes a bundle's directory: `rootfs` with busybox and the probe at `/bin/probe`, and `data` for binds. Its
 * config.json is whoever's that runs it. Needs root, since the root's files belong to it.
 */
export function makeBundle(bundle: string): void {
  rmSync(bundle, { recursive: true, force: true });
  execFileSync('umoci', ['unpack', '--image', busybox, bundle], { stdio: ['ignore', 'ignore', 'inherit'] });
  // Root of a user namespace is anybody outside it, and has to come this far.
  chmodSync(bundle, 0o755);
  fillRoot(join(bundle, 'rootfs'));
  fillBeside(bundle);
}
