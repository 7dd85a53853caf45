import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { FirstbornError } from '../../protocol/errors.ts';
import { maxSocketPathBytes } from '../channel/unix-transport.ts';
import { xlConfigName } from '../vm/xl-config.ts';
import { writeOwner } from './unfinished-machines.ts';

const idBytes = 8;
const consoleLogName = 'console.log';

/** The directory of one machine and the names in it. */
export class MachineDirectory {
  /** 16 hex digits. */
  readonly id: string;
  readonly path: string;

  /** A directory that exists, or existed. Touches nothing. */
  constructor(path: string) {
    this.id = basename(path);
    this.path = path;
  }

  /** What was asked for: MachineRecord. */
  get recordPath(): string {
    return join(this.path, 'machine.json');
  }
  /** What has become of it: MachineStatus. */
  get statusPath(): string {
    return join(this.path, 'status.json');
  }
  /** Held by the monitor. */
  get lockPath(): string {
    return join(this.path, 'lock');
  }
  /** Where the monitor serves its clients. */
  get monitorSocketPath(): string {
    return join(this.path, 'monitor.sock');
  }
  /** What the monitor has to say. */
  get monitorLogPath(): string {
    return join(this.path, 'monitor.log');
  }
  /** The channel, between virtual machine and monitor. */
  get channelSocketPath(): string {
    return join(this.path, 'channel.sock');
  }
  /** What QEMU and the helpers print. */
  get vmLogPath(): string {
    return join(this.path, 'vm.log');
  }
  /** What kernel and init print. */
  get consoleLogPath(): string {
    return join(this.path, consoleLogName);
  }
  /** The workload's output in CRI's format; older files have `.1`, `.2` … behind the name. */
  get workloadLogPath(): string {
    return join(this.path, 'workload.log');
  }
  /** RecordedEvent, one a line; the older half has `.1` behind the name. */
  get eventsPath(): string {
    return join(this.path, 'events.jsonl');
  }
  get configDiskPath(): string {
    return join(this.path, 'config.squashfs');
  }
  /** A Xen guest's configuration for xl(1). */
  get xlConfigPath(): string {
    return join(this.path, xlConfigName);
  }

  /**
   * Makes the directory of a new machine below `machinesDir`, readable to its owner alone: disks and console
   * may hold secrets of the workload. It counts as unfinished until it has a status. Throws a FirstbornError
   * of code `host`.
   */
  static async create(machinesDir: string): Promise<MachineDirectory> {
    const id = randomBytes(idBytes).toString('hex');
    const directory = new MachineDirectory(join(machinesDir, id));
    const lengthBytes = Math.max(
      Buffer.byteLength(directory.channelSocketPath),
      Buffer.byteLength(directory.monitorSocketPath),
    );
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
