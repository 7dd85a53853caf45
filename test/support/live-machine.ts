import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import {
  type CreateRequest,
  type ExecRequest,
  Firstborn,
  type Machine,
  type ProcessExit,
} from '../../host/client/index.ts';
import { testEnvironment, testKernel } from './run-firstborn.ts';
import { busybox } from './test-images.ts';

/** A boot on a busy machine takes a while; one that hangs must not take the whole test run. */
const readyDeadlineMs = 180_000;

export const firstborn = new Firstborn({ environment: testEnvironment });

/** A machine that runs until its test file ends; `await using` removes it, whatever happened. */
export class LiveMachine implements AsyncDisposable {
  readonly machine: Machine;

  private constructor(machine: Machine) {
    this.machine = machine;
  }

  /** Boots a machine and waits until its workload runs; without a command that sleeps. */
  static async boot(request: Partial<CreateRequest> = {}): Promise<LiveMachine> {
    const machine = await firstborn.create({
      image: busybox,
      accelerator: 'tcg',
      ...(testKernel === undefined ? {} : { kernelPath: testKernel }),
      ...request,
      workload: { command: ['sleep', '100000'], ...request.workload },
    });
    const live = new LiveMachine(machine);
    try {
      await machine.start();
      await machine.ready({ signal: AbortSignal.timeout(readyDeadlineMs) });
      return live;
    } catch (error) {
      const console = live.console;
      await live[Symbol.asyncDispose]();
      throw new Error(`Cannot boot a machine for a test\n${console.slice(-4000)}`, { cause: error });
    }
  }

  /** What kernel and init have printed. */
  get console(): string {
    try {
      return readFileSync(join(this.machine.directory, 'console.log'), 'utf8');
    } catch {
      return '';
    }
  }

  /** Runs a process to its end. */
  async exec(request: ExecRequest, input?: Uint8Array): Promise<ExecResult> {
    const session = await this.machine.exec({ stdin: input !== undefined, ...request });
    session.stdin?.on('error', () => {}).end(input);
    const [stdout, stderr, exit] = await Promise.all([
      session.stdout === undefined ? Buffer.alloc(0) : buffer(session.stdout),
      session.stderr === undefined ? Buffer.alloc(0) : buffer(session.stderr),
      session.exited,
    ]);
    return { stdout, stderr, exit };
  }

  /** Runs a script of the shell; it must succeed. Gives what it printed, without the last line feed. */
  async shell(script: string, request: Partial<ExecRequest> = {}): Promise<string> {
    const { stdout, stderr, exit } = await this.exec({ args: ['sh', '-c', script], ...request });
    assert.deepEqual(exit, { code: 0, reason: 'exited' }, `${stdout.toString()}${stderr.toString()}`);
    return stdout.toString().replace(/\n$/, '');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.machine.remove({ force: true });
  }
}

export interface ExecResult {
  stdout: Buffer;
  stderr: Buffer;
  exit: ProcessExit;
}
