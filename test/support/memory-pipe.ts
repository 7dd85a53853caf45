import { fdEvents } from '../../addon/native.ts';

/** A pipe of pipe(7) in memory: bounded, with two ends that can be closed. */
export class MemoryPipe {
  capacityBytes = 64 * 1024;
  readerOpen = true;
  writerOpen = true;
  #bytes = Buffer.alloc(0);

  get lengthBytes(): number {
    return this.#bytes.length;
  }

  get freeBytes(): number {
    return Math.max(0, this.capacityBytes - this.#bytes.length);
  }

  /** Bytes read, 0 at the end, -1 when a writer may still come. */
  read(buffer: Uint8Array): number {
    if (this.#bytes.length === 0) return this.writerOpen ? -1 : 0;
    const length = Math.min(buffer.length, this.#bytes.length);
    buffer.set(this.#bytes.subarray(0, length));
    this.#bytes = this.#bytes.subarray(length);
    return length;
  }

  /** Bytes written, -1 when there is no room. */
  write(bytes: Uint8Array): number {
    const length = Math.min(bytes.length, this.freeBytes);
    if (length === 0) return -1;
    this.#bytes = Buffer.concat([this.#bytes, bytes.subarray(0, length)]);
    return length;
  }

  /** Takes everything out. */
  drain(): Buffer {
    const bytes = this.#bytes;
    this.#bytes = Buffer.alloc(0);
    return bytes;
  }
}

/** What a descriptor of the fake stands for. */
export interface FakeEnd {
  source?: MemoryPipe;
  sink?: MemoryPipe;
  /** A port whose host is away: reads end, writes would block, and it polls as hung up. */
  absent?: () => boolean;
}

/** poll(2), in the terms of `fdEvents`: a hang-up is reported whatever was asked for. */
export function pollBits({ source, sink, absent }: FakeEnd, wanted: number): number {
  if (absent?.() === true) return fdEvents.readable | fdEvents.hangup;
  let bits = 0;
  if (source !== undefined && source.lengthBytes > 0) bits |= wanted & fdEvents.readable;
  if (sink !== undefined && sink.freeBytes > 0) bits |= wanted & fdEvents.writable;
  const hungUp = source?.writerOpen === false || sink?.readerOpen === false;
  return hungUp ? bits | fdEvents.readable | fdEvents.hangup : bits;
}
