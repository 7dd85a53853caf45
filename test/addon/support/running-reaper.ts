import { closeSync } from 'node:fs';
import { resourceLimits } from '../../../addon/constants.ts';
import { fdEvents, type ReapedChild, type SpawnResult } from '../../../addon/native.ts';
import { Plan } from '../../../addon/plan.ts';
import { readHandshake, waitForEnd } from './child.ts';
import { native } from './native.ts';

/** Where the reaper runs. */
export interface ReaperPlace {
  /** CLONE_NEW* flags. */
  namespaces?: number;
  /** Whether its standard streams are a terminal, which is its session's, and not a pipe. */
  terminal?: boolean;
}

/** A reaper, at the path given, with a shell that runs `script`. */
export class RunningReaper {
  readonly child: SpawnResult;
  readonly #outputFd: number;
  readonly #waiting: { pattern: RegExp; resolve: (text: string) => void }[] = [];
  readonly #watch;
  #text = '';

  constructor(reaper: string, script: string, { namespaces = 0, terminal = false }: ReaperPlace) {
    const pair = terminal ? native.openTerminal('/dev/ptmx') : native.makePipe();
    const [near, far] = 'slaveFd' in pair ? [pair.outputFd, pair.slaveFd] : [pair.readFd, pair.writeFd];
    if ('inputFd' in pair) closeSync(pair.inputFd);
    const plan = new Plan().newSession().setResourceLimit(resourceLimits.RLIMIT_CORE, 0, 0);
    if (terminal) plan.setControllingTerminal(far).duplicateFd(far, 0);
    plan.duplicateFd(far, 1).duplicateFd(far, 2);
    plan.execute([reaper], [reaper, 'sh', '-c', script], ['PATH=/usr/bin:/bin']);
    this.child = native.spawn(plan.bytes(), { namespaces, cgroupFd: -1 });
    closeSync(far);
    native.setNonblocking(near, true);
    this.#outputFd = near;
    this.#watch = native.watchFd(near, fdEvents.readable, () => this.#read());
  }

  /** Waits until the output matches. */
  output(pattern: RegExp): Promise<string> {
    const { promise, resolve } = Promise.withResolvers<string>();
    this.#waiting.push({ pattern, resolve });
    this.#settle();
    return promise;
  }

  /** Types into the terminal. */
  type(text: string): void {
    native.writeSome(this.#outputFd, Buffer.from(text));
  }

  async end(): Promise<ReapedChild> {
    await readHandshake(this.child);
    const exit = await waitForEnd(this.child);
    this.#watch.close();
    closeSync(this.#outputFd);
    return exit;
  }

  #read(): void {
    const buffer = Buffer.alloc(4096);
    let length = 0;
    try {
      length = native.readSome(this.#outputFd, buffer);
    } catch {
      // EIO: nobody has the terminal open any more.
    }
    if (length > 0) this.#text += buffer.toString('utf8', 0, length);
    if (length === 0) this.#watch.update(0);
    this.#settle();
  }

  #settle(): void {
    for (const { pattern, resolve } of this.#waiting) if (pattern.test(this.#text)) resolve(this.#text);
  }
}
