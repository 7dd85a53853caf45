import { closeSync, constants, existsSync, openSync } from 'node:fs';
import type { Native } from '../../addon/native.ts';
import type { Log } from '../log/log.ts';
import { readKernelFile } from '../machine/kernel-file.ts';
import { watchStoreNode } from './store-watch.ts';

/** Where a toolstack says how much memory the domain is to have: `xl mem-set` writes it. */
const targetNode = 'memory/target';
/** How often the balloon is looked at while it moves. */
const lookIntervalMs = 250;
/** A host that has not got the memory leaves the balloon where it is. */
const longestMoveMs = 120_000;

export interface BalloonDependencies {
  native: Native;
  log: Log;
  /** Called as the machine's memory changes. */
  onMemory: () => void;
  storePath?: string;
  /** The balloon driver's files. */
  balloonPath?: string;
}

/** Whether the balloon is where it is to be. */
function isSettled(balloonPath: string): boolean {
  const read = (name: string): string | undefined => readKernelFile(`${balloonPath}/${name}`)?.trim();
  return read('target_kb') === read('info/current_kb');
}

/** Calls `onMemory` at intervals until the balloon has settled. Gives what stops it. */
export function lookUntilSettled(balloonPath: string, onMemory: () => void): () => void {
  const endMs = performance.now() + longestMoveMs;
  // By the first look the driver, which is told in the same way, has taken the target.
  const timer = setInterval(() => {
    // First: a last step between the two looks would be missed the other way round.
    const hasSettled = isSettled(balloonPath);
    onMemory();
    if (hasSettled || performance.now() > endMs) clearInterval(timer);
  }, lookIntervalMs);
  return () => clearInterval(timer);
}

/**
 * Follows what the host does to a Xen guest's memory, for the machine's life. The kernel's own driver moves the balloon,
 * in steps and without a uevent; here xenstore tells that it is about to. Does nothing on any other machine. Never throws.
 */
export function followBalloon(dependencies: BalloonDependencies): void {
  const { native, log, onMemory, storePath = '/dev/xen/xenbus' } = dependencies;
  const { balloonPath = '/sys/devices/system/xen_memory/xen_memory0' } = dependencies;
  if (!existsSync(storePath) || !existsSync(balloonPath)) return;
  let stopLooking: (() => void) | undefined;
  let fd: number | undefined;
  try {
    fd = openSync(storePath, constants.O_RDWR | constants.O_NONBLOCK);
    watchStoreNode(native, fd, targetNode, {
      changed: () => {
        stopLooking?.();
        stopLooking = lookUntilSettled(balloonPath, onMemory);
      },
      ended: (error) => log.warn({ err: error }, 'what the host does to the memory goes unnoticed'),
    });
  } catch (error) {
    if (fd !== undefined) closeSync(fd);
    log.warn({ err: error }, 'what the host does to the memory goes unnoticed');
  }
}
