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

/** Each line on the port is an order: what to do, and with how many blocks of 32 KiB. */
const serveOrders = `
mount -t devtmpfs dev /dev
until [ -c /dev/vport0p1 ]; do sleep 0.05; done
exec 3<>/dev/vport0p1
echo ready >&3
while read -r order count <&3; do
  case $order in
    out) dd if=/dev/zero bs=32k count=$count >&3 ;;
    in) dd of=/dev/null bs=32k count=$count iflag=fullblock <&3; echo done >&3 ;;
    both) dd bs=32k count=$count iflag=fullblock <&3 >&3 ;;
    piped-out) dd if=/dev/zero bs=32k count=$count | dd bs=32k >&3 ;;
    piped-in) dd bs=32k count=$count iflag=fullblock <&3 | dd of=/dev/null bs=32k; echo done >&3 ;;
    piped-both) dd bs=32k count=$count iflag=fullblock <&3 | cat | dd bs=32k >&3 ;;
  esac 2>/dev/null
done
`;

const applets = ['sh', 'mount', 'insmod', 'sleep', 'dd', 'cat'];

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
 * Writes the smallest initramfs whose init does orders that come on the virtio port: a static busybox, a script and
 * the port's drivers, for the default kernel.
 */
export async function writePlainInitramfs(outPath: string, artefacts: Artefacts): Promise<void> {
  const modules = await modulesForPort(artefacts);
  const load = modules.map(({ path }) => `insmod ${join('/', path)}`);
  const script = ['#!/bin/sh', 'export PATH=/bin', ...load, serveOrders].join('\n');
  const files: CpioEntry[] = [
    { type: 'file', path: 'init', mode: 0o755, content: Buffer.from(script) },
    await staticBusybox(),
    ...applets.map((name): CpioEntry => ({ type: 'symlink', path: `bin/${name}`, target: 'busybox' })),
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
