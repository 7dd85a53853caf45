import { closeSync, constants, openSync } from 'node:fs';
import { fdEvents, type Native } from '../../addon/native.ts';
import type { Log } from '../log/log.ts';
import { hasKey, hasKeyPress, inputEventBytes, KEY_POWER } from './input-events.ts';
import { listKernelDirectory, readKernelFile } from './kernel-file.ts';

const openFlags = constants.O_RDONLY | constants.O_NONBLOCK;
const eventsPerRead = 64;

/** Where input devices are told of and where they are opened. */
export interface InputPaths {
  classDirectory: string;
  deviceDirectory: string;
}

/** Listens at every input device that has a power key: ACPI buttons, GPIO keys, keyboards. */
export class PowerButtons {
  readonly #native: Native;
  readonly #log: Log;
  readonly #pressed: () => void;
  readonly #paths: InputPaths;
  /** Names of the devices that are open. */
  readonly #open = new Set<string>();

  constructor(native: Native, log: Log, pressed: () => void, paths: InputPaths) {
    this.#native = native;
    this.#log = log;
    this.#pressed = pressed;
    this.#paths = paths;
  }

  /** Opens the devices that have come since the last time. */
  scan(): void {
    const { classDirectory } = this.#paths;
    for (const name of listKernelDirectory(classDirectory)) {
      if (!/^event\d+$/.test(name) || this.#open.has(name)) continue;
      const keys = readKernelFile(`${classDirectory}/${name}/device/capabilities/key`) ?? '';
      if (hasKey(keys, KEY_POWER)) this.#watch(name);
    }
  }

  #watch(name: string): void {
    let fd: number | undefined;
    try {
      fd = openSync(`${this.#paths.deviceDirectory}/${name}`, openFlags);
      this.#listen(name, fd);
      this.#open.add(name);
    } catch (error) {
      if (fd !== undefined) closeSync(fd);
      this.#log.warn({ err: error, device: name }, 'a power button can not be opened');
    }
  }

  #listen(name: string, fd: number): void {
    const buffer = Buffer.alloc(eventsPerRead * inputEventBytes);
    const watch = this.#native.watchFd(fd, fdEvents.readable, () => {
      const length = this.#read(fd, buffer);
      if (length === -1) return;
      if (length > 0) {
        if (hasKeyPress(buffer.subarray(0, length), KEY_POWER)) this.#pressed();
        return;
      }
      watch.close();
      closeSync(fd);
      this.#open.delete(name);
    });
  }

  /** A device that has been unplugged gives ENODEV: it has ended. */
  #read(fd: number, buffer: Buffer): number {
    try {
      return this.#native.readSome(fd, buffer);
    } catch {
      return 0;
    }
  }
}
