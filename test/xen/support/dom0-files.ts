import { globSync, readFileSync, realpathSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { CpioEntry } from '../../../image/initramfs/cpio.ts';
import { readElf } from '../../../image/initramfs/elf.ts';
import { parseModulesDep } from '../../../image/kernel/modules.ts';
import { benchPaths } from './bench-paths.ts';

const ownFiles = join(import.meta.dirname, '../dom0');

/** Programs of the packages that a control domain needs, as they are named there. */
const packagedPrograms = [
  ...['xl', 'libxl-save-helper', 'xenconsole', 'xenstored', 'xenconsoled', 'xen-init-dom0'].map(
    (name) => `usr/lib/xen-4.17/bin/${name}`,
  ),
  ...['chmod', 'exists', 'list', 'ls', 'read', 'rm', 'watch', 'write'].map(
    (name) => `usr/bin/xenstore-${name}`,
  ),
];

/** Drivers of the control domain: Xen's interfaces, the guests' disks and network, QEMU's devices, files. */
const wantedModules = [
  'xen_privcmd',
  'xenfs',
  'xen_evtchn',
  'xen_gntdev',
  'xen_gntalloc',
  'xen_blkback',
  'xen_netback',
  'virtio_pci',
  'virtio_net',
  '9pnet_virtio',
  '9p',
  'loop',
  'bridge',
];

/** Where libraries are: those of the packages first, then the machine's own. */
const libraryDirectories = [
  join(benchPaths.packages, 'usr/lib/x86_64-linux-gnu'),
  '/usr/lib/x86_64-linux-gnu',
  '/lib/x86_64-linux-gnu',
];

const file = (path: string, source: string, mode = 0o755): CpioEntry => ({
  type: 'file',
  path,
  mode,
  content: readFileSync(source),
});

function findLibrary(name: string): string {
  const found = libraryDirectories.flatMap((directory) => globSync(join(directory, name)))[0];
  if (found === undefined) throw new Error(`Cannot find the shared library "${name}"`);
  return realpathSync(found);
}

/** What glibc loads by itself when a thread is cancelled, as xl does. */
const libraryOfThreads = 'libgcc_s.so.1';

/** Libraries that programs need, directly or through one another, and their linker. */
function libraries(programs: readonly string[]): CpioEntry[] {
  const found = new Map<string, CpioEntry>();
  found.set(
    libraryOfThreads,
    file(`lib/x86_64-linux-gnu/${libraryOfThreads}`, findLibrary(libraryOfThreads)),
  );
  const queue = [...programs];
  for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
    const { interpreter, needed } = readElf(readFileSync(path), path);
    if (interpreter !== undefined)
      found.set(interpreter, file(interpreter.slice(1), realpathSync(interpreter)));
    for (const name of needed.filter((one) => !found.has(one) && !one.startsWith('ld-linux'))) {
      const source = findLibrary(name);
      found.set(name, file(`lib/x86_64-linux-gnu/${name}`, source));
      queue.push(source);
    }
  }
  return [...found.values()];
}

/** Modules in the order in which they can be loaded, and a list of that order. */
function modules(): CpioEntry[] {
  const dependencies = parseModulesDep(readFileSync(join(benchPaths.modules, 'modules.dep'), 'utf8'));
  const paths = new Set<string>();
  for (const name of wantedModules) {
    const line = dependencies.get(name);
    if (line === undefined)
      throw new Error(`Cannot find the module "${name}" of the control domain's kernel`);
    for (const path of [...line.dependencyPaths.toReversed(), line.path]) paths.add(path);
  }
  const order = [...paths].map((path) => basename(path));
  return [
    { type: 'file', path: 'modules/order', mode: 0o644, content: Buffer.from(`${order.join('\n')}\n`) },
    ...[...paths].map((path) => file(`modules/${basename(path)}`, join(benchPaths.modules, path), 0o644)),
  ];
}

/** Sources of the archive beside what the packages hold; another version of one makes another archive. */
export function dom0Sources(): string[] {
  return [
    import.meta.filename,
    ...['init.sh', 'block.sh', 'vif.sh'].map((name) => join(ownFiles, name)),
    benchPaths.agent,
  ];
}

/** Everything in the control domain's root, which is its initramfs. */
export function dom0Files(): CpioEntry[] {
  const programs = packagedPrograms.map((path) => join(benchPaths.packages, path));
  return [
    file('init', join(ownFiles, 'init.sh')),
    file('bin/busybox', '/bin/busybox'),
    file('sbin/agent', benchPaths.agent),
    { type: 'file', path: 'etc/xen/xl.conf', mode: 0o644, content: Buffer.from('autoballoon="off"\n') },
    file('etc/xen/scripts/block', join(ownFiles, 'block.sh')),
    file('etc/xen/scripts/vif-bridge', join(ownFiles, 'vif.sh')),
    ...packagedPrograms.map((path) => file(path, join(benchPaths.packages, path))),
    ...libraries(programs),
    ...modules(),
  ];
}
