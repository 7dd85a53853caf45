import { closeSync, fstatSync, openSync } from 'node:fs';
import type {
  FdWatch,
  MappedDeviceRequest,
  Native,
  OpenedTerminal,
  PlanResult,
  ReapedChild,
  SpawnOptions,
  SpawnResult,
} from '../../addon/native.ts';
import { FakePort } from './fake-port.ts';
import { MessagePipe, systemError, TerminalPipe } from './kernel-pipes.ts';
import { type FakeEnd, MemoryPipe, pollBits } from './memory-pipe.ts';

interface Watch {
  fd: number;
  events: number;
  callback: (events: number) => void;
}

const mostTurns = 10_000;

/**
 * The native side in memory, for tests of init's logic: pipes, terminals, a port, watches and children that
 * end when the test says so. Nothing happens by itself: `settle` plays the event loop until nothing is ready.
 *
 * Descriptors are real ones of /dev/null, because init closes descriptors with Node's own `closeSync`; the
 * fake notices that they are closed when it next looks.
 */
export class FakeNative implements Native {
  /** Every plan that was run or spawned. */
  readonly plans: Uint8Array[] = [];
  /** The options of every spawn. */
  readonly spawns: SpawnOptions[] = [];
  /** The handshakes of children that were let go on from `awaitParent`. */
  readonly continued: number[] = [];
  readonly signals: { pidfd: number; signal: number }[] = [];
  readonly reboots: string[] = [];
  /** Every terminal that was opened. See `duplicate` for a child that keeps the slave. */
  readonly terminals: OpenedTerminal[] = [];
  readonly terminalSizes: { fd: number; rows: number; columns: number }[] = [];
  /** The kernel's end of every uevent socket. */
  readonly ueventSockets: MessagePipe[] = [];
  /** Steps of the clock in milliseconds. */
  readonly clockSteps: number[] = [];
  readonly entropy: Uint8Array[] = [];
  /** How often Ctrl-Alt-Del was turned off. */
  controlAltDeleteDisabled = 0;
  /** The device mapper's devices by name, with what their targets say of themselves. */
  readonly mappedDevices = new Map<string, { request: MappedDeviceRequest; status: string }>();
  /** Children that wait to be reaped. */
  readonly ended: ReapedChild[] = [];
  /** What the next plans make of themselves. */
  planResult: PlanResult = { state: 'done', warnings: [] };
  readonly #ends = new Map<number, FakeEnd>();
  readonly #watches = new Set<Watch>();
  #nextPid = 100;

  /** Opens a port like the channel's; the host's side is in its methods. */
  openPort(): FakePort {
    const port = new FakePort(this.#open());
    this.#ends.set(port.fd, { source: port.toGuest, sink: port.toHost, absent: () => !port.hostPresent });
    return port;
  }

  /** Calls the watches that are ready until none is. Throws when that never comes. */
  settle(): void {
    for (let turn = 0; turn < mostTurns; turn += 1) if (!this.turn()) return;
    throw new Error(`Cannot settle: some watch is still ready after ${mostTurns} turns`);
  }

  /** One turn of the event loop: each ready watch once. Gives false when none was ready. */
  turn(): boolean {
    this.#sweep();
    let called = false;
    for (const watch of this.#watches) {
      const end = this.#ends.get(watch.fd);
      const bits = end === undefined || watch.events === 0 ? 0 : pollBits(end, watch.events);
      if (bits === 0) continue;
      called = true;
      watch.callback(bits);
    }
    return called;
  }

  /** Whether a descriptor that this fake gave out is still open. */
  isOpen(fd: number): boolean {
    this.#sweep();
    return this.#ends.has(fd);
  }

  /** The events that `fd` is watched for; 0 when it is not. */
  watchedEvents(fd: number): number {
    return [...this.#watches].find((watch) => watch.fd === fd)?.events ?? 0;
  }

  /**
   * Another descriptor for the same end, as a child has that inherits one: closing the first does not end the
   * pipe. It is the test's to close, by `closeFd`.
   */
  duplicate(fd: number): number {
    const end = this.#end(fd);
    return this.#openEnd(end);
  }

  /** Closes everything that is still open. */
  dispose(): void {
    this.#sweep();
    this.#watches.clear();
    for (const fd of this.#ends.keys()) closeSync(fd);
    this.#ends.clear();
  }

  makePipe(): { readFd: number; writeFd: number } {
    const pipe = new MemoryPipe();
    return { readFd: this.#openEnd({ source: pipe }), writeFd: this.#openEnd({ sink: pipe }) };
  }

  setNonblocking(): void {}

  setPipeSize(fd: number, lengthBytes: number): void {
    const pipe = this.#end(fd).source ?? this.#end(fd).sink;
    if (pipe !== undefined) pipe.capacityBytes = lengthBytes;
  }

  readSome(fd: number, buffer: Uint8Array): number {
    const { source, absent } = this.#end(fd);
    if (absent?.() === true) return 0;
    if (source === undefined) throw systemError('EBADF', 9, 'read');
    return source.read(buffer);
  }

  /** Nothing happens by itself here, so there is nothing to wait for. */
  awaitReadable(fd: number): boolean {
    this.#end(fd);
    return false;
  }

  awaitWritable(fd: number): boolean {
    this.#end(fd);
    return false;
  }

  writeSome(fd: number, bytes: Uint8Array): number {
    const { sink, absent } = this.#end(fd);
    if (absent?.() === true) return -1;
    if (sink === undefined) throw systemError('EBADF', 9, 'write');
    if (!sink.readerOpen) throw systemError('EPIPE', 32, 'write');
    return sink.write(bytes);
  }

  watchFd(fd: number, events: number, callback: (events: number) => void): FdWatch {
    this.#end(fd);
    if ([...this.#watches].some((one) => one.fd === fd)) throw systemError('EEXIST', 17, 'epoll_ctl');
    const watch: Watch = { fd, events, callback };
    this.#watches.add(watch);
    return {
      update: (wanted) => {
        // As in the addon: a closed watch or descriptor is the caller's bug and must not pass unseen.
        if (!this.#watches.has(watch)) throw new Error(`Cannot update the closed watch of descriptor ${fd}`);
        watch.events = wanted;
      },
      close: () => void this.#watches.delete(watch),
    };
  }

  runPlan(plan: Uint8Array): PlanResult {
    this.plans.push(plan);
    return this.planResult;
  }

  runTimedPlan(plan: Uint8Array, endTimesMs: Float64Array): PlanResult {
    endTimesMs.fill(Number(process.hrtime.bigint()) / 1e6);
    return this.runPlan(plan);
  }

  spawn(plan: Uint8Array, options: SpawnOptions): SpawnResult {
    this.plans.push(plan);
    this.spawns.push(options);
    this.#nextPid += 1;
    const { readFd: handshakeFd, writeFd } = this.makePipe();
    this.closeFd(writeFd);
    return { pid: this.#nextPid, pidfd: this.makePipe().readFd, handshakeFd };
  }

  continueChild(handshakeFd: number): void {
    this.#end(handshakeFd);
    this.continued.push(handshakeFd);
  }

  reapChild(): ReapedChild | null {
    return this.ended.shift() ?? null;
  }

  signalPidfd(pidfd: number, signal: number): void {
    this.signals.push({ pidfd, signal });
  }

  openInRoot(root: string, path: string, flags: number, mode: number): number {
    return openSync(`${root}/${path}`, flags, mode);
  }

  reboot(how: 'poweroff' | 'restart' | 'halt'): void {
    this.reboots.push(how);
  }

  openTerminal(): OpenedTerminal {
    const output = new TerminalPipe();
    const input = new MemoryPipe();
    const terminal = {
      outputFd: this.#openEnd({ source: output }),
      inputFd: this.#openEnd({ sink: input }),
      slaveFd: this.#openEnd({ source: input, sink: output }),
    };
    this.terminals.push(terminal);
    return terminal;
  }

  setTerminalSize(fd: number, rows: number, columns: number): void {
    this.#end(fd);
    this.terminalSizes.push({ fd, rows, columns });
  }

  setRawMode(): void {}

  openUeventSocket(): number {
    const socket = new MessagePipe();
    this.ueventSockets.push(socket);
    return this.#openEnd({ source: socket });
  }

  createMappedDevice(request: MappedDeviceRequest): { major: number; minor: number } {
    if (this.mappedDevices.has(request.name)) throw systemError('EBUSY', 16, 'DM_DEV_CREATE');
    this.mappedDevices.set(request.name, { request, status: 'V' });
    return { major: 253, minor: this.mappedDevices.size - 1 };
  }

  removeMappedDevice(_controlPath: string, name: string): void {
    if (!this.mappedDevices.delete(name)) throw systemError('ENXIO', 6, 'DM_DEV_REMOVE');
  }

  mappedDeviceStatus(_controlPath: string, name: string): string {
    const device = this.mappedDevices.get(name);
    if (device === undefined) throw systemError('ENXIO', 6, 'DM_TABLE_STATUS');
    return device.status;
  }

  stepClock(stepMs: number): void {
    this.clockSteps.push(stepMs);
  }

  addEntropy(bytes: Uint8Array): void {
    this.entropy.push(Uint8Array.from(bytes));
  }

  disableControlAltDelete(): void {
    this.controlAltDeleteDisabled += 1;
  }

  installLastResort(): void {}

  /** Closes a descriptor as its owner would. */
  closeFd(fd: number): void {
    closeSync(fd);
    this.#sweep();
  }

  #open(): number {
    this.#sweep(); // before a number is used again
    return openSync('/dev/null', 'r+');
  }

  #openEnd(end: FakeEnd): number {
    const fd = this.#open();
    this.#ends.set(fd, end);
    return fd;
  }

  #end(fd: number): FakeEnd {
    this.#sweep();
    const end = this.#ends.get(fd);
    if (end === undefined) throw systemError('EBADF', 9, 'fcntl');
    return end;
  }

  /** Tells the pipes which of their ends have been closed. */
  #sweep(): void {
    for (const [fd, end] of this.#ends) {
      if (isOpenDescriptor(fd)) continue;
      this.#ends.delete(fd);
      if ([...this.#ends.values()].includes(end)) continue; // a duplicate keeps it
      if (end.source !== undefined) end.source.readerOpen = false;
      if (end.sink !== undefined) end.sink.writerOpen = false;
    }
  }
}

function isOpenDescriptor(fd: number): boolean {
  try {
    fstatSync(fd);
    return true;
  } catch {
    return false;
  }
}
