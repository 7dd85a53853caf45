import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const execFileAsync = promisify(execFile);
/** An emulated machine on a busy host may have to boot first. */
const deadlineMs = 60_000;
const lookIntervalMs = 50;

/** A shell at a real terminal, which tmux(1) plays and a test types at. */
export class TmuxTerminal {
  readonly #environment: NodeJS.ProcessEnv;

  private constructor(environment: NodeJS.ProcessEnv) {
    this.#environment = environment;
  }

  /** Opens a terminal of 80 by 24 with a shell whose prompt is `ready$ `. It is closed when the test has ended. */
  static async open(context: TestContext, environment: NodeJS.ProcessEnv): Promise<TmuxTerminal> {
    const socketDir = mkdtempSync(join(tmpdir(), 'fb-tmux-'));
    const terminal = new TmuxTerminal({ ...environment, TMUX_TMPDIR: socketDir, PS1: 'ready$ ', ENV: '' });
    context.after(async () => {
      await terminal.#tmux('kill-server').catch(() => {});
      rmSync(socketDir, { recursive: true, force: true });
    });
    const shell = ['bash', '--norc', '--noprofile'];
    await terminal.#tmux('-f', '/dev/null', 'new-session', '-d', '-x', '80', '-y', '24', ...shell);
    await terminal.shows('ready$');
    return terminal;
  }

  /** Types text as it is. */
  async type(text: string): Promise<void> {
    await this.#tmux('send-keys', '-l', text);
  }

  /** Presses keys by tmux's names: `Enter`, `C-c`. */
  async press(...keys: string[]): Promise<void> {
    await this.#tmux('send-keys', ...keys);
  }

  async resize(columns: number, rows: number): Promise<void> {
    await this.#tmux('resize-window', '-x', String(columns), '-y', String(rows));
  }

  /** What stands on the screen, without empty lines at its end. */
  async screen(): Promise<string> {
    return (await this.#tmux('capture-pane', '-p')).trimEnd();
  }

  /** Whether keys go to a program as they are typed: no lines, no echo, no signals. */
  async isRaw(): Promise<boolean> {
    const path = (await this.#tmux('display-message', '-p', '#{pane_tty}')).trim();
    const { stdout } = await execFileAsync('stty', ['-a', '-F', path]);
    return ['-icanon', '-echo', '-isig'].every((mode) => stdout.split(/[\s;]+/).includes(mode));
  }

  /** Resolves once a program has put the terminal into raw mode. */
  async untilRaw(): Promise<void> {
    const endMs = performance.now() + deadlineMs;
    while (!(await this.isRaw())) {
      if (performance.now() > endMs) throw new Error(`Expected raw mode:\n${await this.screen()}`);
      await delay(lookIntervalMs);
    }
  }

  /** Resolves with the screen once `wanted` stands there. */
  async shows(wanted: string | RegExp): Promise<string> {
    const endMs = performance.now() + deadlineMs;
    for (;;) {
      const screen = await this.screen();
      if (typeof wanted === 'string' ? screen.includes(wanted) : wanted.test(screen)) return screen;
      if (performance.now() > endMs) throw new Error(`Expected ${wanted} on the screen:\n${screen}`);
      await delay(lookIntervalMs);
    }
  }

  async #tmux(...words: string[]): Promise<string> {
    const { stdout } = await execFileAsync('tmux', words, { env: this.#environment });
    return stdout;
  }
}
