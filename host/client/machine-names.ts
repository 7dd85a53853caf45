import { randomInt } from 'node:crypto';
import { access, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { FirstbornError } from '../../protocol/errors.ts';
import { type MachineLock, takeLock } from '../machine/machine-lock.ts';
import { machineNamePattern } from '../machine/machine-record.ts';
import type { StateDirectory } from '../state-directory.ts';
import { adjectives, nouns } from './name-words.ts';

const maxAttempts = 40;
const lockDeadlineMs = 10_000;
const lockIntervalMs = 10;

/** Two words, and a number once they seem to be used up: `quiet-otter`, `quiet-otter-417`. */
export function makeName(attempt: number): string {
  const pair = `${adjectives[randomInt(adjectives.length)]}-${nouns[randomInt(nouns.length)]}`;
  return attempt < maxAttempts / 2 ? pair : `${pair}-${randomInt(100, 1000)}`;
}

/** Throws a FirstbornError of code `usage` for what can't be a name. */
export function checkName(name: string): void {
  if (machineNamePattern.test(name)) return;
  throw new FirstbornError(
    'usage',
    `Cannot call a machine "${name}": expected a letter or digit, then up to 62 letters, digits, "_", "." or "-"`,
  );
}

/**
 * Which machine has which name: a file per name that holds the machine's id. A name is taken for as long as that
 * machine's directory exists.
 */
export class MachineNames {
  readonly #namesDir: string;
  readonly #machinesDir: string;

  constructor({ namesDir, machinesDir }: StateDirectory) {
    this.#namesDir = namesDir;
    this.#machinesDir = machinesDir;
  }

  /** The id under a name, `undefined` for none. The machine may be gone. */
  async find(name: string): Promise<string | undefined> {
    if (!machineNamePattern.test(name)) return undefined;
    return (await readFile(this.#path(name), 'utf8').catch(() => undefined))?.trim();
  }

  /**
   * Takes a name for a machine whose directory exists, or makes one up. Returns it. Throws a FirstbornError of code
   * `host` when the name is taken.
   */
  async reserve(wanted: string | undefined, id: string): Promise<string> {
    if (wanted !== undefined) checkName(wanted);
    const lock = await this.#lock();
    try {
      if (wanted !== undefined) return await this.#reserveWanted(wanted, id);
      for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
        const name = makeName(attempt);
        if ((await this.#owner(name)) === undefined) return await this.#write(name, id);
      }
    } finally {
      lock.release();
    }
    throw new FirstbornError('host', 'Cannot make up a name for a machine: all that were tried are taken');
  }

  async #reserveWanted(name: string, id: string): Promise<string> {
    const owner = await this.#owner(name);
    if (owner === undefined) return await this.#write(name, id);
    throw new FirstbornError('host', `Cannot create "${name}": the name is taken by machine ${owner}`);
  }

  /** The machine that a name belongs to. A name whose machine is gone belongs to nobody. */
  async #owner(name: string): Promise<string | undefined> {
    const id = await this.find(name);
    if (id === undefined || id === '') return undefined;
    return await access(join(this.#machinesDir, id)).then(
      () => id,
      () => undefined,
    );
  }

  async #write(name: string, id: string): Promise<string> {
    try {
      // A name of a machine that is gone may still be there; a reader must not find half of the new one.
      await rm(this.#path(name), { force: true });
      await writeFile(this.#path(name), id, { mode: 0o600, flag: 'wx' });
    } catch (cause) {
      throw new FirstbornError('host', `Cannot reserve the name "${name}"`, { cause });
    }
    return name;
  }

  #path(name: string): string {
    return join(this.#namesDir, name);
  }

  /** No two processes look for names at once: a name is looked at, then taken. */
  async #lock(): Promise<MachineLock> {
    try {
      await mkdir(this.#namesDir, { recursive: true, mode: 0o700 });
    } catch (cause) {
      throw new FirstbornError('host', `Cannot make the directory "${this.#namesDir}"`, { cause });
    }
    const endMs = performance.now() + lockDeadlineMs;
    for (;;) {
      const lock = takeLock(join(this.#namesDir, '.lock'));
      if (lock !== undefined) return lock;
      if (performance.now() > endMs) {
        throw new FirstbornError('timeout', `Cannot lock "${this.#namesDir}" within ${lockDeadlineMs} ms`);
      }
      await delay(lockIntervalMs);
    }
  }
}
