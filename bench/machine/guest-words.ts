import { ChannelClient } from '../../host/channel/channel-client.ts';
import { connectUnix } from '../../host/channel/unix-transport.ts';
import type { ReadyEvent } from '../../protocol/events.ts';
import { mainStreams } from '../../protocol/names.ts';
import type { BenchMachine } from './bench-machine.ts';

const connectDeadlineMs = 20_000;

/** What a machine says, wherever its init lets the workload say it. */
export interface GuestWords extends Disposable {
  /** Waits until init or workload have printed this. */
  waitFor(wanted: string): Promise<void>;
  /** All so far. */
  text(): string;
}

/** A machine without a channel: everything is on its console. */
export function consoleWords(machine: BenchMachine): GuestWords {
  return {
    waitFor: (wanted) => machine.waitForText(wanted),
    text: () => machine.console,
    [Symbol.dispose]: () => {},
  };
}

/** The host's end of the channel of a machine with Firstborn. */
export class ChannelWords implements GuestWords {
  readonly client = new ChannelClient();
  readonly #machine: BenchMachine;
  #text = '';
  #ready: ReadyEvent | undefined;

  private constructor(machine: BenchMachine) {
    this.#machine = machine;
    this.client.on('event', (event) => {
      if (event.event === 'ready') this.#ready = event;
    });
    for (const id of [mainStreams.stdout, mainStreams.stderr]) {
      this.client.readable(id).on('data', (bytes: Buffer) => {
        this.#text += bytes.toString('latin1');
      });
    }
  }

  /** Connects to a machine that may not have started yet. */
  static async connect(machine: BenchMachine): Promise<ChannelWords> {
    const words = new ChannelWords(machine);
    const signal = AbortSignal.timeout(connectDeadlineMs);
    const { channelSocketPath } = machine;
    words.client.attach(await connectUnix(channelSocketPath, { deadlineMs: connectDeadlineMs, signal }));
    return words;
  }

  waitFor(wanted: string): Promise<void> {
    return this.#machine.waitForText(wanted, () => this.#text);
  }

  text(): string {
    return this.#text;
  }

  /** The guest's word that its workload runs. It comes before whatever the workload prints. */
  get ready(): ReadyEvent {
    if (this.#ready === undefined) throw this.#machine.failure('The machine has not said that it is ready');
    return this.#ready;
  }

  [Symbol.dispose](): void {
    this.client.close();
  }
}
