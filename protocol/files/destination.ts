import { mkdir } from 'node:fs/promises';
import { closeFd, openAgain, openDirectory, pathInDirectory } from './descriptor-calls.ts';
import { errnoOf } from './file-failure.ts';

const impliedDirectoryMode = 0o755;

/**
 * The directory that an archive is unpacked into. Gives descriptors of directories below it, found component by
 * component and never through a link, so whoever changes the tree meanwhile can't lead a copy out of it. Keeps
 * the last one, because entries of one directory come together.
 */
export class Destination {
  readonly #baseFd: number;
  #path: readonly string[] = [];
  /** `#baseFd`, or a descriptor of our own. */
  #fd: number;

  private constructor(baseFd: number) {
    this.#baseFd = baseFd;
    this.#fd = baseFd;
  }

  /** `directoryFd` may be O_PATH and stays the caller's. */
  static async open(directoryFd: number): Promise<Destination> {
    return new Destination(await openAgain(directoryFd));
  }

  /**
   * An O_PATH descriptor of the directory at `path`, good until the next call. With `makeMissing` directories
   * that are not there are made. Rejects with ENOTDIR at a link.
   */
  async directory(path: readonly string[], makeMissing: boolean): Promise<number> {
    const isBelow = this.#path.every((name, index) => path[index] === name);
    if (!isBelow) await this.#moveTo(this.#baseFd, []);
    for (const [index, name] of [...path.entries()].slice(this.#path.length)) {
      await this.#moveTo(await this.#enter(name, makeMissing), path.slice(0, index + 1));
    }
    return this.#fd;
  }

  async close(): Promise<void> {
    await this.#moveTo(this.#baseFd, []);
    await closeFd(this.#baseFd);
  }

  async #enter(name: string, makeMissing: boolean): Promise<number> {
    try {
      return await openDirectory(this.#fd, name);
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT' || !makeMissing) throw error;
    }
    try {
      await mkdir(pathInDirectory(this.#fd, name), impliedDirectoryMode);
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error;
    }
    return await openDirectory(this.#fd, name);
  }

  async #moveTo(fd: number, path: readonly string[]): Promise<void> {
    const former = this.#fd;
    this.#fd = fd;
    this.#path = path;
    if (former !== fd && former !== this.#baseFd) await closeFd(former);
  }
}
