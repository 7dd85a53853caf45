import { readFileSync, writeFileSync } from 'node:fs';
import { describeError } from '../../protocol/errors.ts';
import type { Log } from '../log/log.ts';
import { containersCgroup } from './cgroup.ts';

/** Where the kernel says how much memory there is, and where the containers' bound is. */
export interface MemoryPaths {
  meminfo: string;
  bound: string;
}

const defaultPaths: MemoryPaths = { meminfo: '/proc/meminfo', bound: `${containersCgroup}/memory.max` };

function readTotalBytes(path: string): number {
  return Number(/^MemTotal:\s+(\d+) kB$/m.exec(readFileSync(path, 'latin1'))?.[1] ?? 0) * 1024;
}

/** `undefined` without a number in it, or without the file: there are no containers yet, or there is no controller. */
function readBound(path: string): number | undefined {
  try {
    const text = readFileSync(path, 'latin1').trim();
    return /^\d+$/.test(text) ? Number(text) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The common bound of the containers, as the machine's memory changes: what the host adds is theirs, and what it takes
 * away is no longer. At least half of what there is stays theirs, as long as they had it.
 */
export class MemoryBound {
  readonly #log: Log;
  readonly #paths: MemoryPaths;
  #totalBytes: number;
  /** What the bound should have shrunk further: it grows by so much less. */
  #owedBytes = 0;

  constructor(log: Log, paths: MemoryPaths = defaultPaths) {
    this.#log = log;
    this.#paths = paths;
    this.#totalBytes = readTotalBytes(paths.meminfo);
  }

  /** Call it when memory has come or gone. */
  follow(): void {
    const totalBytes = readTotalBytes(this.#paths.meminfo);
    const changeBytes = totalBytes - this.#totalBytes;
    this.#totalBytes = totalBytes;
    const bound = readBound(this.#paths.bound);
    if (changeBytes === 0 || bound === undefined) return;
    const wantedBytes = bound + changeBytes - this.#owedBytes;
    const boundBytes = Math.max(wantedBytes, Math.min(bound, Math.floor(totalBytes / 2)));
    this.#owedBytes = boundBytes - wantedBytes;
    try {
      writeFileSync(this.#paths.bound, `${boundBytes}\n`, { flag: 'r+' });
      this.#log.debug({ boundBytes, changeBytes }, 'the memory of the containers has changed');
    } catch (error) {
      this.#log.warn(
        { reason: describeError(error), changeBytes },
        'the bound of the containers can not follow the memory',
      );
    }
  }
}
