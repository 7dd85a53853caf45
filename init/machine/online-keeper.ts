import type { Log } from '../log/log.ts';
import {
  bringOnline,
  type HotplugDevice,
  listHotplugDevices,
  memoryBlockBytes,
  onlineMemoryAutomatically,
} from './hotplug-devices.ts';

/**
 * Brings CPUs and memory online when they are new. One that is offline later was taken offline by somebody, perhaps to
 * be removed, and stays so.
 */
export class OnlineKeeper {
  readonly #log: Log;
  readonly #sysRoot: string;
  readonly #onMemory: () => void;
  readonly #known = new Set<string>();
  #started = false;
  #scanning = false;
  #scanAgain = false;

  /** `onMemory` is called each time that memory has come. */
  constructor(log: Log, sysRoot: string, onMemory: () => void = () => {}) {
    this.#log = log;
    this.#sysRoot = sysRoot;
    this.#onMemory = onMemory;
  }

  /** A device has been removed: when its name comes again, it is a new one. */
  forget(name: string): void {
    this.#known.delete(name);
  }

  /** What was added or removed is not known: every device counts as new. */
  forgetAll(): void {
    this.#known.clear();
  }

  /** Looks for new devices. Asked again meanwhile, it looks once more and all wait for the end. Never rejects. */
  async scan(): Promise<void> {
    this.#scanAgain = true;
    if (this.#scanning) return;
    this.#scanning = true;
    try {
      if (!this.#started) await onlineMemoryAutomatically(this.#sysRoot);
      while (this.#scanAgain) {
        this.#scanAgain = false;
        await this.#takeNew(await listHotplugDevices(this.#sysRoot));
        this.#started = true;
      }
    } finally {
      this.#scanning = false;
    }
  }

  async #takeNew(devices: HotplugDevice[]): Promise<void> {
    const names = new Set(devices.map(({ name }) => name));
    for (const name of this.#known) if (!names.has(name)) this.#known.delete(name);
    const online: HotplugDevice[] = [];
    for (const device of devices.filter(({ name }) => !this.#known.has(name))) {
      this.#known.add(device.name);
      const brought = await this.#bringOnline(device);
      // Memory that came after the start has been brought online by the kernel itself.
      const came = device.kind === 'memory' && this.#started && brought !== 'refused';
      if (brought === 'brought' || came) online.push(device);
    }
    if (online.length > 0) await this.#tell(online);
  }

  async #bringOnline(device: HotplugDevice): Promise<'brought' | 'was-online' | 'refused'> {
    try {
      return (await bringOnline(this.#sysRoot, device)) ? 'brought' : 'was-online';
    } catch (error) {
      this.#log.warn({ err: error, device: device.name }, 'a device can not be brought online');
      return 'refused';
    }
  }

  async #tell(online: HotplugDevice[]): Promise<void> {
    const cpus = online.filter(({ kind }) => kind === 'cpu').map(({ name }) => name);
    const blocks = online.length - cpus.length;
    const memoryMiB = (blocks * (await memoryBlockBytes(this.#sysRoot))) / (1024 * 1024);
    this.#log.info(
      { ...(cpus.length > 0 ? { cpus } : {}), ...(blocks > 0 ? { memoryMiB } : {}) },
      'brought online what the host added',
    );
    if (blocks > 0) this.#onMemory();
  }
}
