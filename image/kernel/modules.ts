import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { CpioEntry } from '../initramfs/cpio.ts';
import { FirstbornError } from '../../protocol/errors.ts';
import type { KernelModule } from '../../protocol/kernel-modules.ts';

/**
 * What a guest may need before and for the workload: transports, disks, network, the channel, entropy, memory
 * that comes and goes, the filesystems of the root, power buttons. A kernel that has one built in, or not at
 * all, simply adds no file for it.
 */
const wantedModules = [
  'virtio_pci',
  'virtio_mmio',
  'virtio_blk',
  'virtio_net',
  'virtio_console',
  'virtio_rng',
  'virtio_balloon',
  'virtio_mem',
  'xen_blkfront',
  'xen_netfront',
  'squashfs',
  'erofs',
  'overlay',
  'button',
  'evdev',
  'gpio_pl061',
  'gpio_keys',
];

/** modules.dep and modules.builtin write dashes where the kernel's names have underscores. */
export function moduleName(path: string): string {
  return basename(path)
    .replace(/\.ko(\.\w+)?$/, '')
    .replaceAll('-', '_');
}

interface DependencyLine {
  path: string;
  dependencyPaths: string[];
}

/** modules.dep(5): `path: dependency dependency …`, the nearest dependency first. */
export function parseModulesDep(text: string): Map<string, DependencyLine> {
  const lines = new Map<string, DependencyLine>();
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    if (colon === -1) continue;
    const path = line.slice(0, colon);
    const dependencyPaths = line
      .slice(colon + 1)
      .split(' ')
      .filter(Boolean);
    lines.set(moduleName(path), { path, dependencyPaths });
  }
  return lines;
}

/** modules.alias: `alias PATTERN MODULE`. */
export function parseModulesAlias(text: string): Map<string, string[]> {
  const aliases = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const [keyword, pattern, module] = line.split(' ');
    if (keyword !== 'alias' || pattern === undefined || module === undefined) continue;
    const name = module.replaceAll('-', '_');
    aliases.set(name, [...(aliases.get(name) ?? []), pattern]);
  }
  return aliases;
}

/** Device aliases start with their bus; `fs-squashfs` and the like are names, not devices. */
const isDeviceAlias = (alias: string): boolean => /^[a-z]+\*?:/.test(alias);

/** The modules to pack, those wanted always and `extraModules`, dependencies before those that need them. Pure. */
export function selectModules(
  modulesDep: string,
  modulesAlias: string,
  extraModules: readonly string[] = [],
): KernelModule[] {
  const dependencies = parseModulesDep(modulesDep);
  const aliases = parseModulesAlias(modulesAlias);
  const selected = new Map<string, KernelModule>();
  const add = (name: string): void => {
    const line = dependencies.get(name);
    if (line === undefined || selected.has(name)) return;
    // The last dependency has none of the others' needs: load from the back.
    const needed = line.dependencyPaths.map(moduleName).toReversed();
    for (const one of needed) add(one);
    selected.set(name, {
      name,
      path: line.path,
      dependencies: needed,
      aliases: (aliases.get(name) ?? []).filter(isDeviceAlias),
    });
  };
  for (const name of [...wantedModules, ...extraModules]) add(name);
  return [...selected.values()];
}

async function readModuleFile(modulesDir: string, name: string): Promise<Buffer> {
  try {
    return await readFile(join(modulesDir, name));
  } catch (cause) {
    throw new FirstbornError('host', `Cannot read "${name}" in the modules directory "${modulesDir}"`, {
      cause,
    });
  }
}

/** Names of what could be a module and is part of the kernel (modules.builtin); none when it does not say. */
export async function builtinModules(modulesDir: string): Promise<string[]> {
  try {
    const text = await readFile(join(modulesDir, 'modules.builtin'), 'utf8');
    return text.split('\n').filter(Boolean).map(moduleName);
  } catch {
    return [];
  }
}

export interface PackedModules {
  manifest: KernelModule[];
  entries: Extract<CpioEntry, { type: 'file' }>[];
}

/**
 * Reads the wanted modules of a kernel from `modulesDir` (a directory with modules.dep, as below
 * /lib/modules). Compressed modules are refused: finit_module(2) takes them only on kernels built for it.
 */
export async function packModules(
  modulesDir: string,
  release: string,
  extraModules: readonly string[] = [],
): Promise<PackedModules> {
  const modules = selectModules(
    (await readModuleFile(modulesDir, 'modules.dep')).toString(),
    (await readModuleFile(modulesDir, 'modules.alias')).toString(),
    extraModules,
  );
  const packed: PackedModules = { manifest: [], entries: [] };
  for (const module of modules) {
    if (!module.path.endsWith('.ko')) {
      throw new FirstbornError(
        'host',
        `Cannot pack the module "${module.path}": expected an uncompressed .ko`,
      );
    }
    const path = `lib/modules/${release}/${module.path}`;
    packed.manifest.push({ ...module, path: `/${path}` });
    packed.entries.push({
      type: 'file',
      path,
      mode: 0o644,
      content: await readModuleFile(modulesDir, module.path),
    });
  }
  return packed;
}
