import { PlainMachine } from '../plain-machine.ts';
import { blockBytes, readBytes, writeBlocks } from './stream-bytes.ts';
import type { Direction, StreamSide } from './stream-side.ts';

/** Each line on the port is an order: what to do, and with how many blocks of 32 KiB. */
const serveOrders = `
echo ready >&3
while read -r order count <&3; do
  case $order in
    out) dd if=/dev/zero bs=32k count=$count >&3 ;;
    in) dd of=/dev/null bs=32k count=$count iflag=fullblock <&3; echo done >&3 ;;
    both) dd bs=32k count=$count iflag=fullblock <&3 >&3 ;;
    piped-out) dd if=/dev/zero bs=32k count=$count | dd bs=32k >&3 ;;
    piped-in) dd bs=32k count=$count iflag=fullblock <&3 | dd of=/dev/null bs=32k; echo done >&3 ;;
    piped-both) dd bs=32k count=$count iflag=fullblock <&3 | cat | dd bs=32k >&3 ;;
  esac 2>/dev/null
done
`;

/** A machine with `dd` at the guest's end of the port. */
export class PlainSide implements StreamSide, AsyncDisposable {
  readonly #machine: PlainMachine;

  private constructor(machine: PlainMachine) {
    this.#machine = machine;
  }

  /** Boots it. `extraArguments` are QEMU's. */
  static async boot(extraArguments: readonly string[]): Promise<PlainSide> {
    const init = { applets: ['dd', 'cat'], script: serveOrders };
    return new PlainSide(await PlainMachine.boot({ init, extraArguments }));
  }

  get qmp(): PlainMachine['qmp'] {
    return this.#machine.qmp;
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
    const { socket } = this.#machine;
    const lengthBytes = blocks * blockBytes;
    const answered = readBytes(socket, direction === 'in' ? 'done\n'.length : lengthBytes);
    socket.write(`${order} ${blocks}\n`);
    if (direction !== 'out') await writeBlocks(socket, blocks);
    await answered;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#machine[Symbol.asyncDispose]();
  }
}
