import { readdirSync, readFileSync } from 'node:fs';
import type { Native } from '../../addon/native.ts';
import { Plan } from '../../addon/plan.ts';
import { type KernelModule, ModuleManifest, moduleManifestPath } from '../../protocol/kernel-modules.ts';
import { parseJsonWith } from '../../protocol/parse.ts';
import type { TimelineEntry } from '../../protocol/messages.ts';
import { sinceKernelStartMs } from '../boot/clock.ts';
import { runTimedPlan } from '../boot/run-plan.ts';
import type { Log } from '../log/log.ts';
import { readKernelFile } from '../machine/kernel-file.ts';

/** The buses whose devices a guest boots from. */
const buses = ['pci', 'virtio', 'xen', 'platform'];

/** Translates a modules.alias pattern; its brackets mean the same in a regular expression. */
export function aliasPattern(alias: string): RegExp {
  const source = alias
    .replace(/[.+^$(){}|\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`);
}

function readModaliases(): string[] {
  return buses.flatMap((bus) => {
    const directory = `/sys/bus/${bus}/devices`;
    return listDirectory(directory).flatMap((device) => {
      try {
        return [readFileSync(`${directory}/${device}/modalias`, 'latin1').trim()];
      } catch {
        return []; // not every device has one
      }
    });
  });
}

function listDirectory(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

/**
 * The modules wanted in loading order: those that drive one of `modaliases`, those named, and before each
 * what it depends on. Leaves out what is `loaded`. Pure.
 */
export function modulesToLoad(
  modules: readonly KernelModule[],
  want: { modaliases: readonly string[]; names: readonly string[] },
  loaded: ReadonlySet<string>,
): KernelModule[] {
  const byName = new Map(modules.map((module) => [module.name, module]));
  const order = new Map<string, KernelModule>();
  const add = (module: KernelModule): void => {
    if (loaded.has(module.name) || order.has(module.name)) return;
    for (const name of module.dependencies) {
      const dependency = byName.get(name);
      if (dependency !== undefined) add(dependency);
    }
    order.set(module.name, module);
  };
  const drives = (module: KernelModule): boolean =>
    module.aliases.some((alias) => {
      const pattern = aliasPattern(alias);
      return want.modaliases.some((modalias) => pattern.test(modalias));
    });
  for (const module of modules) {
    // Asked again and again during a boot: what is loaded needs no second look at its aliases.
    if (loaded.has(module.name)) continue;
    if (want.names.includes(module.name) || (want.modaliases.length > 0 && drives(module))) add(module);
  }
  return [...order.values()];
}

/** Loads kernel modules of the initramfs: what the machine's devices ask for, and filesystems by name. */
export class ModuleLoader {
  readonly loaded: Set<string>;
  /** When each of those that init has loaded was loaded, and how long its own start took. */
  readonly timeline: TimelineEntry[] = [];
  readonly #native: Native;
  readonly #log: Log;
  readonly #modules: KernelModule[];

  /** `loaded` are those that the kernel has already: the first stage of a runtime disk needs some itself. */
  constructor(native: Native, log: Log, modules: KernelModule[], loaded: Iterable<string> = []) {
    this.loaded = new Set(loaded);
    this.#native = native;
    this.#log = log;
    this.#modules = modules;
  }

  /** Loads drivers until no device asks for more: loading a bus's driver makes new devices appear. */
  loadForDevices(): void {
    if (this.#modules.length === 0) return;
    while (this.#load({ modaliases: readModaliases(), names: [] })) {
      // once more, for the devices that came
    }
  }

  /** Loads modules by name. One that is not packed is built in, or its use will fail and say so. */
  loadByName(...names: string[]): void {
    this.#load({ modaliases: [], names });
  }

  #load(want: { modaliases: string[]; names: string[] }): boolean {
    const modules = modulesToLoad(this.#modules, want, this.loaded);
    if (modules.length === 0) return false;
    const plan = new Plan();
    // A driver that refuses a device costs what it would have driven, and whoever needs that says so.
    for (const module of modules) plan.loadModule(module.path, '', { accept: ['EEXIST'], orWarn: true });
    let startMs = sinceKernelStartMs();
    const endTimesMs = runTimedPlan(this.#native, this.#log, plan);
    for (const [index, { name }] of modules.entries()) {
      this.loaded.add(name);
      const endMs = endTimesMs[index] ?? startMs;
      this.timeline.push({ name, startMs, endMs });
      startMs = endMs;
    }
    return true;
  }
}

/** Names of the modules that are loaded, by a text of /proc/modules (proc(5)). Pure. */
export function parseLoadedModules(text: string): string[] {
  return text.split('\n').flatMap((line) => line.split(' ', 1).filter(Boolean));
}

/** Reads the manifest; a kernel without modules has none. */
export function openModuleLoader(native: Native, log: Log): ModuleLoader {
  let text: string;
  try {
    text = readFileSync(`/${moduleManifestPath}`, 'utf8');
  } catch {
    return new ModuleLoader(native, log, []);
  }
  const { modules } = parseJsonWith(ModuleManifest, text, moduleManifestPath);
  return new ModuleLoader(native, log, modules, parseLoadedModules(readKernelFile('/proc/modules') ?? ''));
}
