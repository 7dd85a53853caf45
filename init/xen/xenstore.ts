import { closeSync, constants, existsSync, openSync } from 'node:fs';
import { fdEvents, type Native } from '../../addon/native.ts';
import { withinDeadline } from '../boot/deadline.ts';
import { guestError } from '../boot/phase.ts';
import type { Log } from '../log/log.ts';
import { StoreInbox } from './store-inbox.ts';
import { encodeWrite, messageTypes, type StoreReply } from './wire.ts';

/** The kernel's own xenstore client hands messages through here (drivers/xen/xenbus/xenbus_dev_frontend.c). */
const defaultDevicePath = '/dev/xen/xenbus';
const deadlineMs = 2_000;
/**
 * Where the exit code is left, below the domain's own directory: at a place of our own, in the directory that toolstacks
 * make for a guest to write what it likes (docs/misc/xenstore-paths.pandoc of Xen), and where krata's hosts look, which
 * make its directory writable (KR 17).
 */
const exitCodePaths = ['data/firstborn/exit-code', 'krata/zone/exit-code'] as const;

/** One request on an open connection: written and read in whatever pieces the device takes and gives. */
class Exchange {
  readonly reply: Promise<StoreReply>;
  readonly #native: Native;
  readonly #fd: number;
  readonly #requestId: number;
  #unsent: Buffer;
  readonly #inbox: StoreInbox;
  readonly #settle: PromiseWithResolvers<StoreReply> = Promise.withResolvers();
  readonly #watch;

  constructor(native: Native, fd: number, requestId: number, request: Buffer) {
    this.#native = native;
    this.#fd = fd;
    this.#requestId = requestId;
    this.#unsent = request;
    this.#inbox = new StoreInbox(native, fd);
    this.reply = this.#settle.promise;
    this.#watch = native.watchFd(fd, fdEvents.readable, () => this.#onReady());
    // The device takes what it is given, and never says that it is writable.
    this.#onReady();
  }

  /** Ends it; the descriptor stays the caller's. */
  close(): void {
    this.#watch.close();
  }

  #onReady(): void {
    try {
      if (this.#unsent.length > 0) this.#send();
      else this.#receive();
    } catch (error) {
      this.#watch.update(0);
      this.#settle.reject(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #send(): void {
    const written = this.#native.writeSome(this.#fd, this.#unsent);
    if (written > 0) this.#unsent = this.#unsent.subarray(written);
    this.#watch.update(fdEvents.readable | (this.#unsent.length > 0 ? fdEvents.writable : 0));
  }

  #receive(): void {
    // A watch event or the answer to nobody's question is not ours.
    const reply = this.#inbox.read().find(({ requestId }) => requestId === this.#requestId);
    if (reply === undefined) return;
    this.#watch.update(0);
    this.#settle.resolve(reply);
  }
}

/** What xenstore said to a write: it is done, or an errno name. */
type WriteAnswer = { state: 'written' } | { state: 'refused'; errnoName: string };

/**
 * Writes one xenstore node through an open, non-blocking connection, which stays the caller's. A path that does not begin
 * with a slash is below the domain's own directory. `requestId` tells the answer from those to earlier requests. Throws a
 * FirstbornError when xenstore does not answer within two seconds.
 */
export async function writeStoreNode(
  native: Native,
  fd: number,
  requestId: number,
  path: string,
  value: string,
): Promise<WriteAnswer> {
  const exchange = new Exchange(native, fd, requestId, encodeWrite(requestId, path, value));
  try {
    const outcome = await withinDeadline(exchange.reply, deadlineMs);
    if (outcome.state === 'late') {
      throw guestError(`Cannot write "${path}" to xenstore: no answer within ${deadlineMs} ms`);
    }
    const { type, payload } = outcome.value;
    return type === messageTypes.error ? { state: 'refused', errnoName: payload } : { state: 'written' };
  } finally {
    exchange.close();
  }
}

/** Writes the code wherever the toolstack lets the guest. Throws a FirstbornError when that is nowhere. */
async function writeExitCode(native: Native, log: Log, fd: number, code: number): Promise<void> {
  const refusals: string[] = [];
  for (const [index, path] of exitCodePaths.entries()) {
    const answer = await writeStoreNode(native, fd, index + 1, path, String(code));
    if (answer.state === 'refused') refusals.push(`"${path}": ${answer.errnoName}`);
    else log.debug({ path, code }, 'left the exit code in xenstore');
  }
  if (refusals.length === exitCodePaths.length) {
    throw guestError(`Cannot write the exit code to xenstore: ${refusals.join(', ')}`);
  }
}

/**
 * Leaves the workload's exit code in xenstore, for a Xen host that does not listen to the channel (KR 17). Does nothing
 * on any other machine. Never throws: a toolstack that does not let the guest write there is no reason not to end.
 */
export async function publishExitCode(
  native: Native,
  log: Log,
  code: number,
  devicePath = defaultDevicePath,
): Promise<void> {
  if (!existsSync(devicePath)) return;
  let fd: number | undefined;
  try {
    fd = openSync(devicePath, constants.O_RDWR | constants.O_NONBLOCK);
    await writeExitCode(native, log, fd, code);
  } catch (error) {
    log.warn({ err: error }, 'xenstore did not take the exit code');
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
