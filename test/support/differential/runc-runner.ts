import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { RuntimeSpec } from '../../../protocol/oci/runtime-spec.ts';
import { makeBundle } from './bundle.ts';
import { placeholders } from './cases/hook-cases.ts';
import { terminalSize } from './cases/terminal-cases.ts';
import type { ContainerRunner, RunResult } from './runners.ts';

/** A container lives for a tenth of a second; one that hangs must not take the whole run. */
const deadlineMs = 30_000;
const killedCode = 137;

/** Controllers of a machine that has them in version 1 hierarchies can't be had in the unified one. */
const hasVersion1 = existsSync('/sys/fs/cgroup/memory/memory.limit_in_bytes');

/**
 * A shell's words that give the program behind them pipes, not the sockets that this process has. The shell stays: the
 * ends of the pipes are its children, and script(1) waits for any child.
 */
const withPipes = 'exec > >(cat) 2> >(cat >&2); "$@"; exit $?';
/** A view of the control groups like the guest's: the unified hierarchy alone. */
const unifiedView = 'mount -t cgroup2 cgroup2 /sys/fs/cgroup';

/** runc with a state root and a bundle of its own below `directory`. Needs root. */
export class RuncRunner implements ContainerRunner {
  readonly bundle: string;
  readonly #stateRoot: string;
  readonly #shared: string;
  readonly #upper: string;

  constructor(directory: string) {
    this.bundle = join(directory, 'bundle');
    this.#stateRoot = join(directory, 'state');
    this.#shared = join(directory, 'shared');
    this.#upper = join(directory, 'upper');
    makeBundle(this.bundle);
    for (const path of [this.#stateRoot, this.#shared, this.#upper]) mkdirSync(path, { recursive: true });
  }

  async run(id: string, spec: RuntimeSpec, options: { needsControllers?: boolean } = {}): Promise<RunResult> {
    const rootPath = join(this.bundle, 'rootfs');
    const config = JSON.stringify(spec)
      .replaceAll(placeholders.root, rootPath)
      .replaceAll(placeholders.shared, this.#shared);
    writeFileSync(join(this.bundle, 'config.json'), config);
    const unified = options.needsControllers !== true && hasVersion1;
    const runc = ['runc', '--root', this.#stateRoot];
    const command = [...runc, 'run', '--bundle', this.bundle, id];
    const words = spec.process?.terminal === true ? atTerminal(command) : command;
    const result = await this.#runShell(unified, words);
    // Nothing is left of a container that has ended; of one that hangs, everything is.
    if (result.code === killedCode) await this.#runShell(unified, [...runc, 'delete', '--force', id]);
    const stderr = result.stderr.toString();
    return stderr.includes('runc run failed') ? { refusal: stderr } : result;
  }

  /** Each run has the bundle's root to itself: what it writes is in memory and ends with its mount namespace. */
  async #runShell(unified: boolean, words: readonly string[]): Promise<ShellResult> {
    const rootPath = join(this.bundle, 'rootfs');
    const data = `lowerdir=${rootPath},upperdir=${this.#upper}/data,workdir=${this.#upper}/work`;
    const script = [
      `mount -t tmpfs -o mode=755 tmpfs '${this.#upper}'`,
      `mkdir -m 755 '${this.#upper}/data' '${this.#upper}/work'`,
      `mount -t overlay -o '${data}' overlay '${rootPath}'`,
      ...(unified ? [unifiedView] : []),
      withPipes,
    ].join(' && ');
    return await runShell(script, words);
  }
}

/** runc passes a terminal on only where it has one itself, and gives it its own one's size. */
function atTerminal(command: readonly string[]): string[] {
  const { height, width } = terminalSize;
  const script = `stty rows ${height} cols ${width}; exec ${command.map((word) => `'${word}'`).join(' ')}`;
  return ['script', '--quiet', '--return', '--command', script, '/dev/null'];
}

interface ShellResult {
  stdout: Buffer;
  stderr: Buffer;
  code: number;
}

/** Runs a script of bash in a mount namespace of its own, up to its end or the deadline. */
async function runShell(script: string, words: readonly string[]): Promise<ShellResult> {
  const child = spawn(
    'unshare',
    ['--mount', '--propagation', 'private', 'bash', '-c', script, 'bash', ...words],
    {
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    },
  );
  const timer = setTimeout(() => {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  }, deadlineMs);
  const closed = new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? killedCode)));
  const [stdout, stderr, code] = await Promise.all([buffer(child.stdout), buffer(child.stderr), closed]);
  clearTimeout(timer);
  return { stdout, stderr, code };
}
