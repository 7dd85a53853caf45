import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { artefacts } from '../host/artefacts.ts';
import { connectUnix } from '../host/channel/unix-transport.ts';
import { FirstbornError } from '../protocol/errors.ts';
import { scratchDirectory } from '../test/support/disks.ts';
import { Qmp, qmpArguments } from '../test/support/qmp.ts';
import { withMachine } from '../test/support/raw-machine.ts';
import { lifetimeMs } from './counted-machine.ts';
import { type PlainInit, writePlainInitramfs } from './plain-initramfs.ts';
import { readBytes } from './streams/stream-bytes.ts';

const bootDeadlineMs = 120_000;

export interface PlainMachineOptions {
  init: PlainInit;
  /** QEMU's words behind those that a machine with Firstborn gets. */
  extraArguments: readonly string[];
}

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
    throw new FirstbornError('vm', `Cannot boot the plain machine: its console ends with "${console}"`, {
      cause,
    });
  } finally {
    clearTimeout(timer);
  }
}

/**
 * The measure of all things: the same kernel, command line and port as a machine with Firstborn, with a script or a
 * program at the guest's end of the port and a bare socket at the host's. No disks, no container, no protocol.
 */
export class PlainMachine implements AsyncDisposable {
  readonly qmp: Qmp;
  /** The host's end of the port. The guest has said `ready` and waits for orders. */
  readonly socket: Socket;
  readonly #release: () => Promise<void>;

  private constructor(qmp: Qmp, socket: Socket, release: () => Promise<void>) {
    this.qmp = qmp;
    this.socket = socket;
    this.#release = release;
  }

  /** Boots it. Throws a FirstbornError of code `vm` when its init does not get to the port. */
  static async boot({ init, extraArguments }: PlainMachineOptions): Promise<PlainMachine> {
    const scratch = scratchDirectory();
    const initramfsPath = join(scratch.path, 'plain.cpio');
    await writePlainInitramfs(initramfsPath, artefacts(), init);
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
      return new PlainMachine(qmp, await connectReady(channelPath), release);
    } catch (error) {
      await release();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy();
    this.qmp.close();
    await this.#release();
  }
}
