import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connectUnix } from '../../host/channel/unix-transport.ts';
import type { LaunchConfigInput } from '../../protocol/launch-config.ts';
import { prepareRootDisk, scratchDirectory, writeSquashfs } from './disks.ts';
import { bootDeadlineMs, GuestConversation, waitDeadlineMs } from './guest-conversation.ts';
import { Qmp, qmpArguments } from './qmp.ts';
import { type RawMachineOptions, withMachine } from './raw-machine.ts';
import { busybox } from './test-images.ts';

export type { ExecOptions, ExecResult } from './guest-conversation.ts';

const defaultLifetimeMs = 600_000;

export interface RawGuestOptions
  extends Pick<
    RawMachineOptions,
    'describe' | 'command' | 'kernelPath' | 'machine' | 'tscKHz' | 'lifetimeMs'
  > {
  /** What the launch config says beyond version and root; the busybox image is the root. */
  launch: Omit<LaunchConfigInput, 'version' | 'root'>;
}

/**
 * A machine below the monitor: the channel's own end on its socket, what its workload prints, and QEMU's control
 * socket. It runs until it is disposed or ends by itself; its end fails at once whatever waits for something else.
 */
export class RawGuest extends GuestConversation implements AsyncDisposable {
  readonly qmp: Qmp;
  readonly #channelPath: string;
  readonly #release: () => Promise<void>;

  private constructor(qmp: Qmp, channelPath: string, release: () => Promise<void>) {
    super({
      ended: qmp.closed,
      console: () => readFileSync(join(dirname(channelPath), 'console.log'), 'utf8'),
    });
    this.qmp = qmp;
    this.#channelPath = channelPath;
    this.#release = release;
  }

  /** Boots a machine and waits until its workload runs. */
  static async boot({
    launch,
    command = (args) => args,
    lifetimeMs = defaultLifetimeMs,
    ...machine
  }: RawGuestOptions): Promise<RawGuest> {
    const scratch = scratchDirectory();
    const { rootDiskPath, imageConfigBytes } = await prepareRootDisk(busybox, scratch.path);
    const configDiskPath = join(scratch.path, 'config.squashfs');
    writeSquashfs(configDiskPath, {
      'launch.json': JSON.stringify({ version: 1, root: { format: 'squashfs' }, ...launch }),
      'image/config.json': imageConfigBytes.toString(),
    });
    const qmpPath = join(scratch.path, 'qmp.sock');
    const started = Promise.withResolvers<string>();
    const released = Promise.withResolvers<undefined>();
    const running = withMachine(
      {
        rootDiskPath,
        configDiskPath,
        lifetimeMs,
        command: (args) => [...command(args), ...qmpArguments(qmpPath)],
        ...machine,
      },
      (channelSocketPath) => {
        started.resolve(channelSocketPath);
        return released.promise;
      },
    );
    const release = async (): Promise<void> => {
      released.resolve(undefined);
      await running.finally(() => scratch[Symbol.dispose]());
    };
    running.catch(started.reject);
    try {
      const channelPath = await started.promise;
      const qmp = await Qmp.connect(qmpPath, bootDeadlineMs);
      const guest = new RawGuest(qmp, channelPath, release);
      await guest.openSession();
      await guest.event('ready', () => true, bootDeadlineMs);
      return guest;
    } catch (error) {
      await release();
      throw error;
    }
  }

  /** Opens a session on a connection of its own; one that was open ends. */
  async openSession(): Promise<void> {
    const signal = AbortSignal.timeout(bootDeadlineMs);
    await this.openOn(await connectUnix(this.#channelPath, { deadlineMs: bootDeadlineMs, signal }));
  }

  /** Waits for the end that the machine comes to by itself. Gives QEMU's reason, such as `guest-shutdown`. */
  async end(): Promise<string | undefined> {
    const late = delay(waitDeadlineMs, undefined, { ref: false }).then(() => {
      throw this.failure(`The machine has not ended within ${waitDeadlineMs} ms`);
    });
    await Promise.race([this.qmp.closed, late]);
    return this.qmp.shutdownReason;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.close();
    this.qmp.close();
    await this.#release();
  }
}
