import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import type { MachineRecord } from '../../../../../host/machine/machine-record.ts';
import { type FakeMachine, makeFakeMachine } from '../../../../support/fake-vm/fake-machine.ts';
import type { Scenario } from '../../../../support/fake-vm/scenario.ts';

const main = join(import.meta.dirname, '../../../../../host/cli/main.ts');
const deadlineMs = 60_000;

export interface CommandResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A fake machine and the command line for its state directory. */
export interface CommandMachine extends FakeMachine {
  stateDir: string;
  /** Runs `firstborn` to its end. */
  firstborn: (...words: string[]) => Promise<CommandResult>;
  /** Starts `firstborn`; killed with the test. */
  begin: (...words: string[]) => RunningCommand;
}

export interface RunningCommand {
  child: ChildProcess;
  /** Resolves with everything printed so far once it matches. */
  printed: (pattern: RegExp) => Promise<string>;
  finished: Promise<CommandResult>;
}

function beginCommand(context: TestContext, stateDir: string, words: readonly string[]): RunningCommand {
  const child = spawn(process.execPath, [main, ...words], {
    env: { ...process.env, FIRSTBORN_STATE_DIR: stateDir },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), deadlineMs);
  context.after(() => {
    clearTimeout(timer);
    child.kill('SIGKILL');
  });
  let seen = '';
  child.stdout.on('data', (piece: Buffer) => {
    seen += piece.toString();
  });
  const finish = async (): Promise<CommandResult> => {
    const [stdout, stderr, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close') as Promise<[number | null]>,
    ]);
    return { code, stdout, stderr };
  };
  const printed = async (pattern: RegExp): Promise<string> => {
    const closed = once(child, 'close');
    while (!pattern.test(seen)) {
      const next = await Promise.race([once(child.stdout, 'data'), closed.then(() => 'closed' as const)]);
      if (next === 'closed' && !pattern.test(seen))
        throw new Error(`firstborn ended before ${pattern}: ${seen}`);
    }
    return seen;
  };
  return { child, printed, finished: finish() };
}

/** A machine that was not started yet, with a state directory for itself. */
export async function makeCommandMachine(
  context: TestContext,
  scenario: Scenario,
  changes: Partial<MachineRecord> = {},
): Promise<CommandMachine> {
  const machine = await makeFakeMachine(context, scenario, changes);
  const stateDir = dirname(dirname(machine.directory.path));
  const begin = (...words: string[]): RunningCommand => beginCommand(context, stateDir, words);
  return { ...machine, stateDir, begin, firstborn: (...words) => begin(...words).finished };
}
