import { mainStreams } from '../../protocol/names.ts';
import type { Qmp } from '../../test/support/qmp.ts';
import { RawGuest } from '../../test/support/raw-guest.ts';
import { blockBytes, readBytes, writeBlocks } from './stream-bytes.ts';
import { lifetimeMs } from '../counted-machine.ts';
import { ExecRunner } from '../exec-runner.ts';
import type { Direction, StreamSide } from './stream-side.ts';

/** The workload: each line on its stdin is a number of blocks for its stdout. */
const workload = 'while read -r blocks; do dd if=/dev/zero bs=32k count=$blocks 2>/dev/null; done';

/**
 * A machine with Firstborn: the workload's stdout, or an exec's streams, at one end and the host's end of the channel
 * at the other.
 */
export class FirstbornSide implements StreamSide, AsyncDisposable {
  readonly #guest: RawGuest;
  readonly #runner: ExecRunner;

  private constructor(guest: RawGuest) {
    this.#guest = guest;
    this.#runner = new ExecRunner(guest.client);
    // A RawGuest keeps what the workload prints as text; here that would be gigabytes.
    guest.client.readable(mainStreams.stdout).removeAllListeners('data');
  }

  /** Boots it. `extraArguments` are QEMU's. */
  static async boot(extraArguments: readonly string[]): Promise<FirstbornSide> {
    const guest = await RawGuest.boot({
      launch: { process: { command: ['sh', '-c', workload], stdin: true } },
      command: (args) => [...args, ...extraArguments],
      lifetimeMs,
    });
    return new FirstbornSide(guest);
  }

  get qmp(): Qmp {
    return this.#guest.qmp;
  }

  async move(direction: Direction, blocks: number): Promise<void> {
    if (direction === 'out') await this.#moveOut(blocks);
    else if (direction === 'in') await this.#moveIn(['dd', 'of=/dev/null', 'bs=32k'], blocks, 0);
    else await this.#moveIn(['cat'], blocks, blocks);
  }

  async #moveOut(blocks: number): Promise<void> {
    const { client } = this.#guest;
    const arrived = readBytes(client.readable(mainStreams.stdout), blocks * blockBytes);
    client.writableStream(mainStreams.stdin).write(`${blocks}\n`);
    await this.#runner.whileConnected(arrived);
  }

  async #moveIn(program: string[], blocks: number, returnedBlocks: number): Promise<void> {
    const { stdin, ended } = await this.#runner.start(program, { stdin: true });
    if (stdin === undefined) throw new Error(`Cannot write to "${program.join(' ')}": it has no stdin`);
    await this.#runner.whileConnected(writeBlocks(stdin, blocks));
    stdin.end();
    const stdoutBytes = await ended;
    if (stdoutBytes !== returnedBlocks * blockBytes) {
      throw new Error(`Cannot trust "${program.join(' ')}": it returns ${stdoutBytes} bytes`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#guest[Symbol.asyncDispose]();
  }
}
