import { closeSync } from 'node:fs';
import { fdEvents, type Native, type NativeError } from '../../addon/native.ts';
import type { Log } from '../log/log.ts';

/** What the kernel says of a device: `add` of `/devices/system/cpu/cpu1` in the subsystem `cpu`. */
export interface Uevent {
  action: string;
  path: string;
  subsystem: string;
}

/** The kernel's own buffer for one (UEVENT_BUFFER_SIZE) and its first line. */
const maxMessageBytes = 4096;
/** Messages per turn of the event loop: a container can make devices come and go as fast as it likes. */
const messagesPerTurn = 64;

/** Reads a message of kobject_uevent(): `action@path`, then `KEY=value` words, NULs between. */
export function parseUevent(message: string): Uevent | undefined {
  const [header = '', ...words] = message.split('\0');
  const [, action, path] = /^([a-z]+)@(\/.*)$/s.exec(header) ?? [];
  if (action === undefined || path === undefined) return undefined;
  const subsystem = words.find((word) => word.startsWith('SUBSYSTEM='))?.slice('SUBSYSTEM='.length) ?? '';
  return { action, path, subsystem };
}

export interface UeventListener {
  received(uevent: Uevent): void;
  /** Some never came: look at the devices themselves. */
  lost(): void;
  /** No more will come. */
  ended(): void;
}

export interface UeventWatch {
  /** Ends it; `ended` is not called. */
  close(): void;
}

/**
 * Listens to the kernel's uevents from now on (netlink(7)). Who may send to the socket may lie: take a uevent as a reason
 * to look, not as the truth. Throws NativeError when there is no such socket to be had.
 */
export function watchUevents(native: Native, log: Log, listener: UeventListener): UeventWatch {
  const fd = native.openUeventSocket();
  const buffer = Buffer.alloc(maxMessageBytes);
  const close = (): void => {
    watch.close();
    closeSync(fd);
  };
  /** Gives false when nothing more is to be read now. */
  const readOne = (): boolean => {
    try {
      const length = native.readSome(fd, buffer);
      const uevent = length > 0 ? parseUevent(buffer.toString('utf8', 0, length)) : undefined;
      if (uevent !== undefined) listener.received(uevent);
      return length !== -1;
    } catch (error) {
      if ((error as NativeError).code === 'ENOBUFS') {
        listener.lost();
        return true;
      }
      log.warn({ err: error }, 'the uevent socket failed');
      close();
      listener.ended();
      return false;
    }
  };
  const watch = native.watchFd(fd, fdEvents.readable, () => {
    for (let messages = 0; messages < messagesPerTurn && readOne(); messages += 1);
  });
  return { close };
}
