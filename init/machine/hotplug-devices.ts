import { readFile, readdir, writeFile } from 'node:fs/promises';

/**
 * CPUs and memory blocks in sysfs (Documentation/ABI/testing/sysfs-devices-system-cpu and -memory). The kernel holds
 * locks while it brings one up, for seconds under emulation, so all of this is done by Node's threads and PID 1's loop
 * never waits.
 */

/** A CPU or a memory block that has been added. */
export interface HotplugDevice {
  kind: 'cpu' | 'memory';
  /** `cpu1`, `memory40`. */
  name: string;
}

const directory = (sysRoot: string, kind: HotplugDevice['kind']): string =>
  `${sysRoot}/devices/system/${kind}`;

/** What the kernel calls the states of each kind in which file. */
const states = {
  cpu: { file: 'online', offline: '0', online: '1' },
  memory: { file: 'state', offline: 'offline', online: 'online' },
} as const;

async function listKind(sysRoot: string, kind: HotplugDevice['kind']): Promise<HotplugDevice[]> {
  const names = await readdir(directory(sysRoot, kind)).catch((): string[] => []);
  const pattern = new RegExp(`^${kind}\\d+$`);
  return names.filter((name) => pattern.test(name)).map((name) => ({ kind, name }));
}

/** Those that are there, online or not. A kernel that can't add any has none. */
export async function listHotplugDevices(sysRoot: string): Promise<HotplugDevice[]> {
  return [...(await listKind(sysRoot, 'cpu')), ...(await listKind(sysRoot, 'memory'))];
}

/**
 * Brings one online. Gives whether there was something to do: not for one that is online, or that can't be anything
 * else. Rejects with Node's system error when the kernel refuses.
 */
export async function bringOnline(sysRoot: string, { kind, name }: HotplugDevice): Promise<boolean> {
  const { file, offline, online } = states[kind];
  const path = `${directory(sysRoot, kind)}/${name}/${file}`;
  const isOffline = async (): Promise<boolean> =>
    (await readFile(path, 'latin1').catch(() => '')).trim() === offline;
  if (!(await isOffline())) return false;
  try {
    await writeFile(path, online, { flag: 'r+' });
  } catch (error) {
    // The kernel, which brings memory online by itself, was faster: it refuses what is done already.
    if (await isOffline()) throw error;
  }
  return true;
}

/** From now on the kernel brings memory online as it comes. Gives false where it can't. */
export async function onlineMemoryAutomatically(sysRoot: string): Promise<boolean> {
  const path = `${directory(sysRoot, 'memory')}/auto_online_blocks`;
  return writeFile(path, 'online', { flag: 'r+' }).then(
    () => true,
    () => false,
  );
}

/** Bytes of one memory block; 0 when the kernel does not say. */
export async function memoryBlockBytes(sysRoot: string): Promise<number> {
  const path = `${directory(sysRoot, 'memory')}/block_size_bytes`;
  return Number.parseInt(await readFile(path, 'latin1').catch(() => '0'), 16);
}
