import { closeSync } from 'node:fs';
import { fdEvents, type Native } from '../../addon/native.ts';
import { guestError } from '../boot/phase.ts';
import { StoreInbox } from './store-inbox.ts';
import { encodeWatch, messageTypes } from './wire.ts';

const requestId = 1;
const token = 'firstborn';

export interface StoreWatcher {
  /** The node has changed, or is seen for the first time. */
  changed(): void;
  /** No more will come. */
  ended(error: Error): void;
}

/**
 * Watches a xenstore node, for the machine's life, through an open, non-blocking connection to /dev/xen/xenbus. A path
 * that does not begin with a slash is below the domain's own directory. Takes the connection over; closes it when
 * xenstore refuses or ends it, which `ended` is told. Throws when it does not take the request: then the connection is
 * still the caller's.
 */
export function watchStoreNode(native: Native, fd: number, path: string, watcher: StoreWatcher): void {
  const request = encodeWatch(requestId, path, token);
  // The kernel takes messages whole, and never says that it would take one.
  if (native.writeSome(fd, request) !== request.length) {
    throw guestError(`Cannot watch "${path}" in xenstore: the request was not taken`);
  }
  const inbox = new StoreInbox(native, fd);
  const receive = (): void => {
    for (const { type, payload } of inbox.read()) {
      if (type === messageTypes.watchEvent) watcher.changed();
      if (type === messageTypes.error) throw guestError(`Cannot watch "${path}" in xenstore: ${payload}`);
    }
  };
  const watch = native.watchFd(fd, fdEvents.readable, () => {
    try {
      receive();
    } catch (error) {
      watch.close();
      closeSync(fd);
      watcher.ended(error instanceof Error ? error : new Error(String(error)));
    }
  });
}
