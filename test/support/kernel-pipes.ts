import { MemoryPipe } from './memory-pipe.ts';

/** What a terminal prints: it ends with EIO and not with an end of file, as pty(7) has it. */
export class TerminalPipe extends MemoryPipe {
  override read(buffer: Uint8Array): number {
    const length = super.read(buffer);
    if (length === 0) throw systemError('EIO', 5, 'read');
    return length;
  }
}

/** A socket of netlink(7): one message per read, whatever does not fit into the buffer is gone. */
export class MessagePipe extends MemoryPipe {
  readonly #messages: Uint8Array[] = [];
  #lostSome = false;

  override get lengthBytes(): number {
    const waiting = this.#messages.reduce((sum, message) => sum + message.length, 0);
    return this.#lostSome ? waiting + 1 : waiting;
  }

  /** Sends one message, or several words of one that NULs are to be put between. */
  send(...words: string[]): void {
    this.#messages.push(Buffer.from(words.join('\0')));
  }

  /** The kernel had no room for a message: the next read throws ENOBUFS. */
  loseMessage(): void {
    this.#lostSome = true;
  }

  override read(buffer: Uint8Array): number {
    if (this.#lostSome) {
      this.#lostSome = false;
      throw systemError('ENOBUFS', 105, 'read');
    }
    const message = this.#messages.shift();
    if (message === undefined) return -1;
    buffer.set(message.subarray(0, buffer.length));
    return Math.min(message.length, buffer.length);
  }
}

/** An error as the addon throws it. */
export function systemError(code: string, errno: number, syscall: string): Error {
  return Object.assign(new Error(`${code}: ${syscall}`), { code, errno, syscall });
}
