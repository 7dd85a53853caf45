import { constants, openSync, readdirSync, readFileSync } from 'node:fs';
import type { Native } from '../../addon/native.ts';
import { deviceDeadlineMs } from '../../protocol/limits.ts';
import { channelPortName } from '../../protocol/names.ts';
import { pollUntil } from '../boot/deadline.ts';
import { guestError } from '../boot/phase.ts';
import type { ModuleLoader } from './modules.ts';

const portsDirectory = '/sys/class/virtio-ports';
/** Where Xen and krata's hosts put the channel: the second console. */
const secondConsole = '/dev/hvc1';
const openFlags = constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK;

function readPortName(port: string): string {
  try {
    return readFileSync(`${portsDirectory}/${port}/name`, 'utf8').trim();
  } catch {
    return ''; // a port without a name, or one that just went
  }
}

function findPort(): string | undefined {
  try {
    const port = readdirSync(portsDirectory).find((name) => readPortName(name) === channelPortName);
    return port === undefined ? undefined : `/dev/${port}`;
  } catch {
    return undefined; // no virtio console driver yet
  }
}

/** The console's node may be there without anything behind it; only opening it tells. */
function openSecondConsole(native: Native): number | undefined {
  try {
    const fd = openSync(secondConsole, openFlags);
    native.setRawMode(fd);
    return fd;
  } catch {
    return undefined;
  }
}

/**
 * Opens the channel: the virtio port by its name, else the second console in raw mode. Waits for either with
 * a deadline. The descriptor is non-blocking and the caller's.
 */
export async function openChannelFd(native: Native, modules: ModuleLoader): Promise<number> {
  const fd = await pollUntil(() => {
    modules.loadForDevices();
    const port = findPort();
    return port === undefined ? openSecondConsole(native) : openSync(port, openFlags);
  }, deviceDeadlineMs);
  if (fd === undefined) {
    throw guestError(
      `Cannot find the host channel: waited ${deviceDeadlineMs / 1000} s for a virtio port "${channelPortName}" or "${secondConsole}"`,
    );
  }
  return fd;
}
