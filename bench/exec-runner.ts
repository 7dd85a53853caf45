import type { ChannelClient } from '../host/channel/channel-client.ts';
import type { OutgoingStream } from '../host/channel/outgoing-stream.ts';
import { FirstbornError } from '../protocol/errors.ts';
import type { ExecExitEvent, ExecStarted } from '../protocol/messages.ts';

const requestDeadlineMs = 120_000;

export interface RunningExec {
  /** Its number, for requests about it. */
  exec: number;
  /** Only with an input that was asked for. */
  stdin: OutgoingStream | undefined;
  /**
   * Resolves, with the length of its stdout, once its exit is known and all of its output has been taken. Rejects
   * with a FirstbornError of code `guest` when it exits otherwise than expected.
   */
  ended: Promise<number>;
}

/**
 * Starts processes and containers in a guest and takes what they write as it comes. Nothing is asked for again and
 * again: a poll would be in the measurement.
 */
export class ExecRunner {
  readonly #client: ChannelClient;
  /** By the exec's number. An exit may come before the runner has seen the answer that names it. */
  readonly #exits = new Map<number, PromiseWithResolvers<ExecExitEvent>>();
  readonly #lost: Promise<never>;

  constructor(client: ChannelClient) {
    this.#client = client;
    client.on('event', (event) => {
      if (event.event === 'exec-exit') this.#exit(event.exec).resolve(event);
    });
    this.#lost = new Promise((_, reject) => {
      client.once('lost', reject);
      client.once('failed', reject);
    });
    this.#lost.catch(() => {});
  }

  async start(args: string[], { stdin = false }: { stdin?: boolean } = {}): Promise<RunningExec> {
    const started = await this.#client.request('exec', { args, stdin }, { deadlineMs: requestDeadlineMs });
    return this.#follow(started, args.join(' '), 0);
  }

  /** Starts a container of this runtime configuration beside the workload. */
  async startContainer(
    config: string,
    { stdin = false, expectedCode = 0 }: { stdin?: boolean; expectedCode?: number } = {},
  ): Promise<RunningExec> {
    const started = await this.#client.request(
      'run-container',
      { config, stdin },
      { deadlineMs: requestDeadlineMs },
    );
    return this.#follow(started, 'a container', expectedCode);
  }

  #follow({ exec, streams }: ExecStarted, what: string, expectedCode: number): RunningExec {
    const counted = Promise.all([this.#countBytes(streams.stdout), this.#countBytes(streams.stderr)]);
    const finish = async (): Promise<number> => {
      const [{ code }, [stdoutBytes]] = await Promise.all([this.#exit(exec).promise, counted]);
      this.#exits.delete(exec);
      if (streams.stdin !== undefined) this.#client.closeStream(streams.stdin);
      if (code === expectedCode) return stdoutBytes;
      throw new FirstbornError('guest', `Cannot measure "${what}": it exits with ${code}`);
    };
    return {
      exec,
      stdin: streams.stdin === undefined ? undefined : this.#client.writableStream(streams.stdin),
      ended: this.whileConnected(finish()),
    };
  }

  /** Runs a process that needs no input to its end. */
  async run(args: string[]): Promise<number> {
    const { ended } = await this.start(args);
    return await ended;
  }

  /** Rejects when the channel is lost or fails before `work` is done. */
  async whileConnected<Value>(work: Promise<Value>): Promise<Value> {
    return await Promise.race([work, this.#lost]);
  }

  #exit(exec: number): PromiseWithResolvers<ExecExitEvent> {
    const exit = this.#exits.get(exec) ?? Promise.withResolvers<ExecExitEvent>();
    this.#exits.set(exec, exit);
    return exit;
  }

  #countBytes(stream: number | undefined): Promise<number> {
    if (stream === undefined) return Promise.resolve(0);
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    let lengthBytes = 0;
    this.#client
      .readable(stream)
      .on('data', (bytes: Buffer) => {
        lengthBytes += bytes.length;
      })
      .on('end', () => resolve(lengthBytes))
      .on('error', reject);
    return promise;
  }
}
