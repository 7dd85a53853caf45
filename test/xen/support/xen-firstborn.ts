import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Firstborn } from '../../../host/client/index.ts';
import { projectRoot } from '../../support/test-images.ts';
import { bench } from './bench.ts';
import { benchPaths } from './bench-paths.ts';
import type { XenHost } from './xen-host.ts';

const deadlineMs = 150_000;
const pollIntervalMs = 500;

const modulesDir = join(projectRoot, 'build/kernel/modules');
/** With a kernel that Xen need not unpack. */
const xenWords = ['--vmm', 'xen', '--kernel', benchPaths.guestVmlinux, '--modules', modulesDir];

export interface CliResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** The command line and the library on this machine, whose xl(1) is the control domain's. */
export class XenFirstborn {
  readonly host: XenHost;
  readonly library: Firstborn;
  /** A directory that the control domain sees, too. */
  readonly directory: string;
  /** The backend of the channel, as a program of this machine. */
  readonly consoleProgram: string;
  readonly #environment: NodeJS.ProcessEnv;

  private constructor(host: XenHost, directory: string, consoleProgram: string) {
    const stateDir = join(directory, 'state');
    mkdirSync(stateDir);
    symlinkSync(join(projectRoot, 'build/test-state/cache'), join(stateDir, 'cache'));
    const environment = {
      ...process.env,
      PATH: `${dirname(host.programs.xl)}${delimiter}${process.env['PATH']}`,
      FIRSTBORN_STATE_DIR: stateDir,
      FIRSTBORN_XEN_CONSOLE: consoleProgram,
    };
    this.host = host;
    this.directory = directory;
    this.consoleProgram = consoleProgram;
    this.#environment = environment;
    this.library = new Firstborn({ environment });
  }

  /** With a state directory that the control domain sees, too. */
  static async open(): Promise<XenFirstborn> {
    const { host, directory } = await bench();
    const consolePath = join(projectRoot, 'build/firstborn-xen-console');
    return new XenFirstborn(host, directory, host.program('firstborn-xen-console', consolePath));
  }

  /** Runs `firstborn WORDS` to its end. */
  cli(...words: string[]): Promise<CliResult> {
    const options = { env: this.#environment, timeout: deadlineMs };
    return new Promise((resolve) => {
      execFile(join(projectRoot, 'scripts/firstborn'), words, options, (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
        resolve({ code, stdout, stderr });
      });
    });
  }

  /** `firstborn run` on Xen. */
  run(...words: string[]): Promise<CliResult> {
    return this.cli('run', ...xenWords, ...words);
  }

  /** `firstborn build` for Xen. */
  build(...words: string[]): Promise<CliResult> {
    return this.cli('build', ...xenWords, ...words);
  }

  /** Resolves once the machine of this name has said so much, or the signal is aborted. */
  async said(name: string, text: string, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const { stdout } = await this.cli('logs', name);
      if (stdout.endsWith(text)) return;
      await delay(pollIntervalMs);
    }
  }

  /** What a machine's kernel and init have printed. */
  async console(name: string): Promise<string> {
    const { directory } = await this.library.machine(name);
    return readFileSync(join(directory, 'console.log'), 'utf8');
  }
}
