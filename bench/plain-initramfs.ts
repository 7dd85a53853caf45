import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CpioEntry, encodeCpio, parentDirectories } from '../image/initramfs/cpio.ts';
import { describeKernel } from '../image/kernel/kernel.ts';
import { packModules } from '../image/kernel/modules.ts';
import type { Artefacts } from '../host/artefacts.ts';
import { FirstbornError } from '../protocol/errors.ts';

/** What a kernel whose drivers are modules needs for a virtio port, be its bus PCI or memory-mapped. */
const portModules = ['virtio_pci', 'virtio_mmio', 'virtio_console'];
const directories = ['dev', 'proc', 'sys'];
/** A kernel opens it for its init before anything is mounted. */
const console: CpioEntry = { type: 'char', path: 'dev/console', mode: 0o600, major: 5, minor: 1 };

/** What is in the way of every init: /proc, /dev and the port, which is descriptor 3 from then on. */
const openPort = `
mount -t proc proc /proc
mount -t devtmpfs dev /dev
until [ -c /dev/vport0p1 ]; do sleep 0.05; done
exec 3<>/dev/vport0p1
`;
const ownApplets = ['sh', 'mount', 'insmod', 'sleep'];

/** What the machine does once the port is open. */
export interface PlainInit {
  /** For busybox's shell, which is the init: says `ready` on descriptor 3, then takes orders there. */
  script: string;
  /** Programs of busybox that the script runs. */
  applets: readonly string[];
  /** Programs beside busybox: their path in the machine without the first slash, and what they are. */
  programs?: Readonly<Record<string, Uint8Array>>;
}

/** The host's static busybox. Throws a FirstbornError of code `host` without one. */
export async function staticBusybox(): Promise<Extract<CpioEntry, { type: 'file' }>> {
  for (const path of ['/bin/busybox', '/usr/bin/busybox']) {
    const content = await readFile(path).catch(() => undefined);
    if (content !== undefined) return { type: 'file', path: 'bin/busybox', mode: 0o755, content };
  }
  throw new FirstbornError('host', 'Cannot find a static busybox: install the package "busybox-static"');
}

/** The modules, in loading order, that the port needs of those that every guest gets. */
async function modulesForPort({ defaultKernelPath, defaultModulesDir }: Artefacts): Promise<CpioEntry[]> {
  const { release } = await describeKernel(defaultKernelPath);
  const { manifest, entries } = await packModules(defaultModulesDir, release ?? 'unknown');
  const needed = new Set(
    manifest.flatMap(({ name, dependencies }) => (portModules.includes(name) ? [name, ...dependencies] : [])),
  );
  return entries.filter((_, index) => needed.has(manifest[index]?.name ?? ''));
}

/**
 * Writes the smallest initramfs whose init does orders that come on the virtio port: a static busybox, a script, the
 * port's drivers for the default kernel, and what the script needs.
 */
export async function writePlainInitramfs(
  outPath: string,
  artefacts: Artefacts,
  { script, applets, programs = {} }: PlainInit,
): Promise<void> {
  const modules = await modulesForPort(artefacts);
  const load = modules.map(({ path }) => `insmod ${join('/', path)}`);
  const lines = ['#!/bin/sh', 'export PATH=/bin', ...load, openPort, script].join('\n');
  const files: CpioEntry[] = [
    { type: 'file', path: 'init', mode: 0o755, content: Buffer.from(lines) },
    await staticBusybox(),
    ...[...ownApplets, ...applets].map(
      (name): CpioEntry => ({ type: 'symlink', path: `bin/${name}`, target: 'busybox' }),
    ),
    ...Object.entries(programs).map(
      ([path, content]): CpioEntry => ({ type: 'file', path, mode: 0o755, content }),
    ),
    ...modules,
  ];
  const paths = new Set([...directories, ...parentDirectories(files.map(({ path }) => path))]);
  const entries: CpioEntry[] = [
    ...[...paths].toSorted().map((path): CpioEntry => ({ type: 'directory', path, mode: 0o755 })),
    console,
    ...files,
  ];
  await writeFile(outPath, [...encodeCpio(entries)]);
}
