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

/** Memory that the host adds is the containers': their common bound grows by as much. */
export class MemoryGrowth {
  readonly #log: Log;
  readonly #paths: MemoryPaths;
  #totalBytes: number;

  constructor(log: Log, paths: MemoryPaths = defaultPaths) {
    this.#log = log;
    this.#paths = paths;
    this.#totalBytes = readTotalBytes(paths.meminfo);
  }

  /** Call it when memory has come. */
  follow(): void {
    const totalBytes = readTotalBytes(this.#paths.meminfo);
    const grownBytes = totalBytes - this.#totalBytes;
    this.#totalBytes = totalBytes;
    const bound = readBound(this.#paths.bound);
    if (grownBytes <= 0 || bound === undefined) return;
    try {
      writeFileSync(this.#paths.bound, String(bound + grownBytes), { flag: 'r+' });
      this.#log.debug({ boundBytes: bound + grownBytes, grownBytes }, 'containers may use new memory');
    } catch (error) {
      this.#log.warn({ reason: describeError(error), grownBytes }, 'containers can not use new memory');
    }
  }
}
