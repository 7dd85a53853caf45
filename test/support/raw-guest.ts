import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { ChannelClient } from '../../host/channel/channel-client.ts';
import type { RequestParams, RequestResult, RequestMethod } from '../../host/channel/request-methods.ts';
import { connectUnix } from '../../host/channel/unix-transport.ts';
import type { LaunchConfigInput } from '../../protocol/launch-config.ts';
import type { Event, ExecExitEvent, ExecStarted } from '../../protocol/messages.ts';
import { mainStreams } from '../../protocol/names.ts';
import { prepareRootDisk, scratchDirectory, writeSquashfs } from './disks.ts';
import { Qmp, qmpArguments } from './qmp.ts';
import { type RawMachineOptions, withMachine } from './raw-machine.ts';
import { busybox } from './test-images.ts';

const bootDeadlineMs = 150_000;
/** Long for a machine that is emulated beside others; whatever hangs ends here. */
const waitDeadlineMs = 60_000;
const defaultLifetimeMs = 600_000;
const pollMs = 20;

export interface RawGuestOptions
  extends Pick<
    RawMachineOptions,
    'describe' | 'command' | 'kernelPath' | 'machine' | 'tscKHz' | 'lifetimeMs'
  > {
  /** What the launch config says beyond version and root; the busybox image is the root. */
  launch: Omit<LaunchConfigInput, 'version' | 'root'>;
}

export interface ExecResult {
  stdout: Buffer;
  stderr: Buffer;
  exit: ExecExitEvent;
}

export type ExecOptions = Omit<RequestParams<'exec'>, 'args' | 'stdin' | 'detach'>;

type NamedEvent<Name extends Event['event']> = Extract<Event, { event: Name }>;

/**
 * A machine below the monitor: the channel's own end on its socket, what its workload prints, and QEMU's control
 * socket. It runs until it is disposed or ends by itself; its end fails at once whatever waits for something else.
 */
export class RawGuest implements AsyncDisposable {
  readonly client = new ChannelClient();
  readonly events: Event[] = [];
  /** What the workload has written, stdout and stderr together. */
  output = '';
  readonly qmp: Qmp;
  readonly #channelPath: string;
  readonly #release: () => Promise<void>;
  readonly #gone: Promise<never>;

  private constructor(qmp: Qmp, channelPath: string, release: () => Promise<void>) {
    this.qmp = qmp;
    this.#channelPath = channelPath;
    this.#release = release;
    this.#gone = qmp.closed.then(() => {
      throw this.#failure('The machine has ended');
    });
    this.#gone.catch(() => {});
    this.client.on('event', (event) => this.events.push(event));
    for (const id of [mainStreams.stdout, mainStreams.stderr]) {
      this.client.readable(id).on('data', (bytes: Buffer) => {
        this.output += bytes.toString('latin1');
      });
    }
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
    const opened = once(this.client, 'opened', { signal });
    this.client.attach(await connectUnix(this.#channelPath, { deadlineMs: bootDeadlineMs, signal }));
    await this.#whileRunning(opened);
  }

  /** What kernel and init have printed. */
  get console(): string {
    return readFileSync(join(dirname(this.#channelPath), 'console.log'), 'utf8');
  }

  request<Method extends RequestMethod>(
    method: Method,
    params: RequestParams<Method>,
    deadlineMs = waitDeadlineMs,
  ): Promise<RequestResult<Method>> {
    return this.#whileRunning(this.client.request(method, params, { deadlineMs }));
  }

  /** Asks again and again until `probe` gives something. */
  async until<Value>(
    what: string,
    probe: () => Value | undefined | false | Promise<Value | undefined | false>,
    deadlineMs = waitDeadlineMs,
  ): Promise<Value> {
    const endMs = performance.now() + deadlineMs;
    for (;;) {
      const value = await this.#whileRunning(Promise.resolve(probe()));
      if (value !== undefined && value !== false) return value;
      if (performance.now() > endMs) throw this.#failure(`Waited ${deadlineMs} ms in vain for ${what}`);
      await this.#whileRunning(delay(pollMs));
    }
  }

  /** The first event of this name that fits, be it past or still to come. */
  event<Name extends Event['event']>(
    name: Name,
    fits: (event: NamedEvent<Name>) => boolean = () => true,
    deadlineMs = waitDeadlineMs,
  ): Promise<NamedEvent<Name>> {
    const isIt = (event: Event): event is NamedEvent<Name> =>
      event.event === name && fits(event as NamedEvent<Name>);
    return this.until(`the event "${name}"`, () => this.events.find(isIt), deadlineMs);
  }

  /** Starts a process without an input; its streams are the caller's to read. */
  async start(args: string[], options: ExecOptions = {}): Promise<ExecStarted> {
    return await this.request('exec', { args, ...options });
  }

  /** Runs a process to its end. */
  async exec(args: string[], options: ExecOptions = {}): Promise<ExecResult> {
    const { exec, streams } = await this.start(args, options);
    const read = (id: number | undefined): Promise<Buffer> =>
      id === undefined ? Promise.resolve(Buffer.alloc(0)) : buffer(this.client.readable(id));
    const [stdout, stderr, exit] = await this.#whileRunning(
      Promise.all([
        read(streams.stdout),
        read(streams.stderr),
        this.event('exec-exit', (event) => event.exec === exec),
      ]),
    );
    return { stdout, stderr, exit };
  }

  /** Runs a script of the shell that must succeed. Gives what it printed, without the last line feed. */
  async shell(script: string, options: ExecOptions = {}): Promise<string> {
    const { stdout, stderr, exit } = await this.exec(['sh', '-c', script], options);
    assert.equal(
      exit.code,
      0,
      `"${script}" exits with ${exit.code}: ${stdout.toString()}${stderr.toString()}`,
    );
    return stdout.toString().replace(/\n$/, '');
  }

  /** Waits for the end that the machine comes to by itself. Gives QEMU's reason, such as `guest-shutdown`. */
  async end(): Promise<string | undefined> {
    const late = delay(waitDeadlineMs, undefined, { ref: false }).then(() => {
      throw this.#failure(`The machine has not ended within ${waitDeadlineMs} ms`);
    });
    await Promise.race([this.qmp.closed, late]);
    return this.qmp.shutdownReason;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.close();
    this.qmp.close();
    await this.#release();
  }

  async #whileRunning<Value>(work: Promise<Value>): Promise<Value> {
    return await Promise.race([work, this.#gone]);
  }

  #failure(problem: string): Error {
    const events = JSON.stringify(this.events.map((event) => event.event));
    return new Error(
      `${problem}\nevents: ${events}\noutput: ${this.output.slice(-1000)}\nconsole: ${this.console.slice(-4000)}`,
    );
  }
}
