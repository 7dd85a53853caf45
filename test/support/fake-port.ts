import { MemoryPipe } from './memory-pipe.ts';

/** The channel's port as the host sees it. `fd` is the guest's descriptor. */
export class FakePort {
  readonly fd: number;
  readonly toGuest = new MemoryPipe();
  readonly toHost = new MemoryPipe();
  /** False: no host has the port open. */
  hostPresent = true;

  constructor(fd: number) {
    this.fd = fd;
    this.toGuest.capacityBytes = Number.MAX_SAFE_INTEGER;
    this.toHost.capacityBytes = Number.MAX_SAFE_INTEGER;
  }

  /** Bytes on their way to the guest. */
  write(bytes: Uint8Array): void {
    this.toGuest.write(bytes);
  }

  /** Everything the guest has sent since the last call. */
  read(): Buffer {
    return this.toHost.drain();
  }
}
