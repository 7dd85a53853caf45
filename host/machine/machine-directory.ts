import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { FirstbornError } from '../../protocol/errors.ts';
import { maxSocketPathBytes } from '../channel/unix-transport.ts';
import { writeOwner } from './machine-owner.ts';

const idBytes = 8;
const consoleLogName = 'console.log';

/** The directory of one machine and the names in it. */
export class MachineDirectory {
  /** 16 hex digits. */
  readonly id: string;
  readonly path: string;

  private constructor(path: string) {
    this.id = basename(path);
    this.path = path;
  }

  get configDiskPath(): string {
    return join(this.path, 'config.squashfs');
  }

  get consoleLogPath(): string {
    return join(this.path, consoleLogName);
  }

  get channelSocketPath(): string {
    return join(this.path, 'channel.sock');
  }

  /**
   * Makes the directory of a new machine below `machinesDir`, readable to its owner alone: disks and console
   * may hold secrets of the workload. Throws a FirstbornError of code `host`.
   */
  static async create(machinesDir: string): Promise<MachineDirectory> {
    const id = randomBytes(idBytes).toString('hex');
    const directory = new MachineDirectory(join(machinesDir, id));
    const lengthBytes = Buffer.byteLength(directory.channelSocketPath);
    if (lengthBytes > maxSocketPathBytes) {
      throw new FirstbornError(
        'host',
        `Cannot keep machines in "${machinesDir}": a socket's path would have ${lengthBytes} bytes, at most ${maxSocketPathBytes}`,
      );
    }
    try {
      await mkdir(machinesDir, { recursive: true });
      await mkdir(directory.path, { mode: 0o700 });
      await writeOwner(directory.path);
    } catch (cause) {
      await rm(directory.path, { recursive: true, force: true }).catch(() => {});
      throw new FirstbornError('host', `Cannot make the machine's directory "${directory.path}"`, { cause });
    }
    return directory;
  }

  /** Removes everything. */
  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }

  /** Removes everything but the console log; the whole directory when the machine never wrote one. */
  async removeAllButConsoleLog(): Promise<void> {
    const names = await readdir(this.path);
    if (!names.includes(consoleLogName)) {
      await this.remove();
      return;
    }
    for (const name of names) {
      if (name !== consoleLogName) await rm(join(this.path, name), { recursive: true, force: true });
    }
  }
}
