import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { ChannelClient } from '../../host/channel/channel-client.ts';
import type { RequestParams, RequestResult, RequestMethod } from '../../host/channel/request-methods.ts';
import type { Event, ExecExitEvent, ExecStarted } from '../../protocol/messages.ts';
import { mainStreams } from '../../protocol/names.ts';

export const bootDeadlineMs = 150_000;
/** Long for a machine that is emulated beside others; whatever hangs ends here. */
export const waitDeadlineMs = 60_000;
const pollMs = 20;

const hasEnded = Symbol('the machine has ended');

export interface ExecResult {
  stdout: Buffer;
  stderr: Buffer;
  exit: ExecExitEvent;
}

export type ExecOptions = Omit<RequestParams<'exec'>, 'args' | 'stdin' | 'detach'>;

type NamedEvent<Name extends Event['event']> = Extract<Event, { event: Name }>;

/** What a conversation has to know of the machine that it is with. */
export interface ConversationMachine {
  /** Resolves when the machine has ended: then nothing is waited for any more. */
  ended: Promise<unknown>;
  /** What kernel and init have printed. */
  console(): string;
}

/** The host's own end of the channel, below the monitor: with a guest's init, wherever that guest runs. */
export class GuestConversation {
  readonly client = new ChannelClient();
  readonly events: Event[] = [];
  /** What the workload has written, stdout and stderr together. */
  output = '';
  readonly #machine: ConversationMachine;
  readonly #gone: Promise<typeof hasEnded>;

  constructor(machine: ConversationMachine) {
    this.#machine = machine;
    this.#gone = machine.ended.then(() => hasEnded);
    this.client.on('event', (event) => this.events.push(event));
    for (const id of [mainStreams.stdout, mainStreams.stderr]) {
      this.client.readable(id).on('data', (bytes: Buffer) => {
        this.output += bytes.toString('latin1');
      });
    }
  }

  /** Opens a session on a transport; one that was open ends. */
  async openOn(transport: Duplex): Promise<void> {
    const opened = once(this.client, 'opened', { signal: AbortSignal.timeout(bootDeadlineMs) });
    this.client.attach(transport);
    await this.whileRunning(opened);
  }

  /** What kernel and init have printed. */
  get console(): string {
    return this.#machine.console();
  }

  request<Method extends RequestMethod>(
    method: Method,
    params: RequestParams<Method>,
    deadlineMs = waitDeadlineMs,
  ): Promise<RequestResult<Method>> {
    return this.whileRunning(this.client.request(method, params, { deadlineMs }));
  }

  /** Asks again and again until `probe` gives something. */
  async until<Value>(
    what: string,
    probe: () => Value | undefined | false | Promise<Value | undefined | false>,
    deadlineMs = waitDeadlineMs,
  ): Promise<Value> {
    const endMs = performance.now() + deadlineMs;
    for (;;) {
      const value = await this.whileRunning(Promise.resolve(probe()));
      if (value !== undefined && value !== false) return value;
      if (performance.now() > endMs) throw this.failure(`Waited ${deadlineMs} ms in vain for ${what}`);
      await this.whileRunning(delay(pollMs));
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
    const [stdout, stderr, exit] = await this.whileRunning(
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

  /** Waits for `work`, at most until the machine ends. */
  async whileRunning<Value>(work: Promise<Value>): Promise<Value> {
    const first = await Promise.race([work, this.#gone]);
    if (first === hasEnded) throw this.failure('The machine has ended');
    return first;
  }

  /** An error that shows what there is to see. */
  failure(problem: string): Error {
    const events = JSON.stringify(this.events.map((event) => event.event));
    return new Error(
      `${problem}\nevents: ${events}\noutput: ${this.output.slice(-1000)}\nconsole: ${this.console.slice(-4000)}`,
    );
  }
}
