import type { Socket } from 'node:net';
import { connectUnix } from '../../host/channel/unix-transport.ts';
import { FirstbornError } from '../../protocol/errors.ts';
import { encodePacket, PacketReader } from './gdb-packets.ts';

/** QEMU's words for a debugger's socket. `-S`: the guest waits for its first `resume`. */
export function gdbArguments(socketPath: string): string[] {
  return ['-gdb', `unix:${socketPath},server=on,wait=off`, '-S'];
}

/** In the stub's list of x86-64's registers RIP comes behind the sixteen others, of eight bytes each. */
const programCounterOffset = 16 * 8;

/**
 * QEMU's end of a debugger (GDB Remote Serial Protocol, qemu-system(1) `-gdb`), as far as stopping a guest at an address
 * takes it. The guest takes no part in it, and the clock of a machine with `-icount` stands still while it is stopped.
 */
export class GdbStub {
  readonly #socket: Socket;
  readonly #packets = new PacketReader();
  #waiting: PromiseWithResolvers<string> | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('error', () => {}); // 'close' follows
    socket.on('data', (bytes: Buffer) => {
      for (const packet of this.#packets.take(bytes)) {
        socket.write('+');
        this.#waiting?.resolve(packet);
      }
    });
    socket.once('close', () => {
      this.#waiting?.reject(new FirstbornError('vm', 'Cannot debug the machine: QEMU has ended'));
    });
  }

  /** Connects as soon as QEMU listens. The caller closes it. */
  static async connect(socketPath: string, deadlineMs: number): Promise<GdbStub> {
    const signal = AbortSignal.timeout(deadlineMs);
    const stub = new GdbStub(await connectUnix(socketPath, { deadlineMs, signal }));
    await stub.#command('?');
    return stub;
  }

  /** Stops the guest before it executes the instruction at this virtual address, in whatever address space. */
  async setBreakpoint(address: bigint): Promise<void> {
    await this.#expectOk(`Z1,${address.toString(16)},1`);
  }

  async removeBreakpoint(address: bigint): Promise<void> {
    await this.#expectOk(`z1,${address.toString(16)},1`);
  }

  /** Lets the guest run; resolves with the address at which it has stopped. */
  async runToStop(): Promise<bigint> {
    const stop = await this.#command('c');
    if (!stop.startsWith('T05'))
      throw new FirstbornError('vm', `Cannot debug the machine: it stops with "${stop}"`);
    const registers = Buffer.from(await this.#command('g'), 'hex');
    return registers.readBigUInt64LE(programCounterOffset);
  }

  /** Lets the guest run on without breakpoints, and closes the connection. */
  async detach(): Promise<void> {
    await this.#expectOk('D');
    this.close();
  }

  close(): void {
    this.#socket.destroy();
  }

  async #expectOk(command: string): Promise<void> {
    const reply = await this.#command(command);
    if (reply !== 'OK')
      throw new FirstbornError('vm', `Cannot debug the machine: "${command}" gives "${reply}"`);
  }

  async #command(command: string): Promise<string> {
    this.#waiting = Promise.withResolvers<string>();
    this.#socket.write(encodePacket(command));
    return await this.#waiting.promise;
  }
}
