import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { artefacts } from '../host/artefacts.ts';
import { connectUnix } from '../host/channel/unix-transport.ts';
import { FirstbornError } from '../protocol/errors.ts';
import { scratchDirectory } from '../test/support/disks.ts';
import { Qmp, qmpArguments } from '../test/support/qmp.ts';
import { withMachine } from '../test/support/raw-machine.ts';
import { blockBytes, readBytes, writeBlocks } from './bench-bytes.ts';
import { writePlainInitramfs } from './plain-initramfs.ts';
import type { Direction, StreamSide } from './stream-side.ts';

const bootDeadlineMs = 120_000;
const lifetimeMs = 600_000;

/** Connects to the port and waits for the guest's word that it takes orders. */
async function connectReady(channelPath: string): Promise<Socket> {
  const signal = AbortSignal.timeout(bootDeadlineMs);
  const socket = await connectUnix(channelPath, { deadlineMs: bootDeadlineMs, signal });
  const timer = setTimeout(() => socket.destroy(), bootDeadlineMs);
  try {
    await readBytes(socket, 'ready\n'.length);
    return socket;
  } catch (cause) {
    const console = readFileSync(join(dirname(channelPath), 'console.log'), 'utf8').slice(-1000);
    throw new FirstbornError('vm', `Cannot boot the machine with dd: its console ends with "${console}"`, {
      cause,
    });
  } finally {
    clearTimeout(timer);
  }
}

/**
 * The measure of all things: the same machine and the same port, with `dd` at the guest's end of it and a bare socket
 * at the host's. No disks, no container, no protocol.
 */
export class PlainSide implements StreamSide, AsyncDisposable {
  readonly qmp: Qmp;
  readonly #socket: Socket;
  readonly #release: () => Promise<void>;

  private constructor(qmp: Qmp, socket: Socket, release: () => Promise<void>) {
    this.qmp = qmp;
    this.#socket = socket;
    this.#release = release;
  }

  /** Boots it. `extraArguments` are QEMU's. */
  static async boot(extraArguments: readonly string[]): Promise<PlainSide> {
    const scratch = scratchDirectory();
    const initramfsPath = join(scratch.path, 'plain.cpio');
    await writePlainInitramfs(initramfsPath, artefacts());
    const qmpPath = join(scratch.path, 'qmp.sock');
    const started = Promise.withResolvers<string>();
    const released = Promise.withResolvers<undefined>();
    const running = withMachine(
      {
        rootDiskPath: '',
        configDiskPath: '',
        lifetimeMs,
        describe: (description) => ({ ...description, initramfsPath, disks: [] }),
        command: (args) => [...args, ...extraArguments, ...qmpArguments(qmpPath)],
      },
      (channelSocketPath) => {
        started.resolve(channelSocketPath);
        return released.promise;
      },
    );
    running.catch(started.reject);
    const release = async (): Promise<void> => {
      released.resolve(undefined);
      await running.finally(() => scratch[Symbol.dispose]());
    };
    try {
      const channelPath = await started.promise;
      const qmp = await Qmp.connect(qmpPath, bootDeadlineMs);
      return new PlainSide(qmp, await connectReady(channelPath), release);
    } catch (error) {
      await release();
      throw error;
    }
  }

  move(direction: Direction, blocks: number): Promise<void> {
    return this.#order(direction, direction, blocks);
  }

  /** The same with a process between the one that makes or takes the bytes and the port, as any agent is. */
  get piped(): StreamSide {
    return {
      qmp: this.qmp,
      move: (direction, blocks) => this.#order(direction, `piped-${direction}`, blocks),
    };
  }

  async #order(direction: Direction, order: string, blocks: number): Promise<void> {
    const lengthBytes = blocks * blockBytes;
    const answered = readBytes(this.#socket, direction === 'in' ? 'done\n'.length : lengthBytes);
    this.#socket.write(`${order} ${blocks}\n`);
    if (direction !== 'out') await writeBlocks(this.#socket, blocks);
    await answered;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy();
    this.qmp.close();
    await this.#release();
  }
}
