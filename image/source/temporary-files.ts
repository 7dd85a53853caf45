import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { FirstbornError } from '../../protocol/errors.ts';

/** Scratch files in an output directory. After `dispose` none is left, whatever happened. */
export class TemporaryFiles {
  readonly #directory: string;
  /** Topmost directory that had to be created, if any. */
  readonly #created: string | undefined;
  readonly #paths: string[] = [];

  private constructor(directory: string, created: string | undefined) {
    this.#directory = directory;
    this.#created = created;
  }

  /** Makes sure that the directory exists. */
  static async in(directory: string): Promise<TemporaryFiles> {
    try {
      return new TemporaryFiles(directory, await mkdir(directory, { recursive: true }));
    } catch (cause) {
      throw new FirstbornError('host', `Cannot create directory "${directory}"`, { cause });
    }
  }

  /** A new name in the directory, on the same file system as the results so that a rename is atomic. */
  path(suffix: string): string {
    const path = join(this.#directory, `.firstborn-${randomUUID()}${suffix}`);
    this.#paths.push(path);
    return path;
  }

  /** Gives a finished file its name in one step. Throws FirstbornError `host`. */
  async keep(path: string, name: string): Promise<void> {
    try {
      await rename(path, name);
    } catch (cause) {
      throw new FirstbornError('host', `Cannot write "${name}"`, { cause });
    }
  }

  /** Removes every file that still has its temporary name; renamed ones are safe. */
  async dispose(): Promise<void> {
    await Promise.all(this.#paths.map((path) => rm(path, { force: true })));
  }

  /** After a failure: also removes directories that `in` created, as far as they are empty. */
  async disposeAll(): Promise<void> {
    await this.dispose();
    if (this.#created === undefined) return;
    const top = resolve(this.#created);
    for (let path = resolve(this.#directory); path.startsWith(top); path = dirname(path)) {
      // Somebody else may have put something there meanwhile: then it stays.
      const removed = await rmdir(path).then(
        () => true,
        () => false,
      );
      if (!removed) return;
    }
  }
}
