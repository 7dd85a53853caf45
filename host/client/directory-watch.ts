import { type FSWatcher, watch } from 'node:fs';

/** What the kernel does not tell (a process that died, a file system without inotify) is seen after this time. */
const pollIntervalMs = 500;

/** Tells when something in a directory may have changed. The caller closes it. */
export class DirectoryWatch implements Disposable {
  readonly #watcher: FSWatcher | undefined;
  #changed = false;
  #wake: (() => void) | undefined;

  constructor(directory: string) {
    this.#watcher = startWatching(directory, () => {
      this.#changed = true;
      this.#wake?.();
    });
  }

  /** Resolves at the first change since the last call, at the latest after half a second, or on abort. */
  async change(signal?: AbortSignal): Promise<void> {
    if (!this.#changed && signal?.aborted !== true) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, pollIntervalMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
        signal?.addEventListener('abort', this.#wake, { once: true });
      });
      if (this.#wake !== undefined) signal?.removeEventListener('abort', this.#wake);
      this.#wake = undefined;
    }
    this.#changed = false;
  }

  [Symbol.dispose](): void {
    this.#watcher?.close();
  }
}

/** Watches are a limited resource (inotify(7)); without one there is still the clock. */
function startWatching(directory: string, onChange: () => void): FSWatcher | undefined {
  try {
    return watch(directory, onChange).on('error', () => {});
  } catch {
    return undefined;
  }
}
