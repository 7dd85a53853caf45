import { applyToNode, type Attributes } from './attributes.ts';
import type { Destination } from './destination.ts';

interface PendingDirectory {
  readonly path: readonly string[];
  readonly attributes: Attributes;
}

/**
 * Directories whose attributes are yet to be set: writing into one changes its time, and its mode may forbid
 * the writing. Archives go depth first, so only the way down to the current entry is remembered.
 */
export class PendingDirectories {
  readonly #destination: Destination;
  readonly #pending: PendingDirectory[] = [];

  constructor(destination: Destination) {
    this.#destination = destination;
  }

  /** The next entries lie in this directory. Call `leaveFor` with its path before. */
  enter(path: readonly string[], attributes: Attributes): void {
    this.#pending.push({ path, attributes });
  }

  /** Finishes every directory that `path` does not lie in; all of them for `undefined`. */
  async leaveFor(path: readonly string[] | undefined): Promise<void> {
    for (let last = this.#pending.at(-1); last !== undefined; last = this.#pending.at(-1)) {
      if (path !== undefined && isInside(path, last.path)) return;
      this.#pending.pop();
      await applyToNode(await this.#destination.directory(last.path, false), last.attributes);
    }
  }
}

function isInside(path: readonly string[], directory: readonly string[]): boolean {
  return path.length > directory.length && directory.every((name, index) => path[index] === name);
}
