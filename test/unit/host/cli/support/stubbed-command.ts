import type { TestContext } from 'node:test';
import type { Command, CommandContext } from '../../../../../host/cli/command.ts';
import { readCommandWords } from '../../../../../host/cli/option-parser.ts';
import type { Reporter } from '../../../../../host/cli/reporter.ts';
import { type Firstborn, FirstbornError, type Machine } from '../../../../../host/client/index.ts';

export interface StubbedResult {
  code: number;
  stdout: string;
  reported: string[];
}

/** Machines by name; every other name is unknown. */
export function stubFirstborn(machines: Readonly<Record<string, Partial<Machine>>>): Firstborn {
  // oxlint-disable-next-line require-await -- as the library has it
  const machine = async (name: string): Promise<Machine> => {
    const found = machines[name];
    if (found === undefined) throw new FirstbornError('host', `Cannot find a machine "${name}"`);
    return found as Machine;
  };
  return { machine } as unknown as Firstborn;
}

/** Runs a command in this process against machines that are made up. */
export async function runStubbed(
  context: TestContext,
  command: Command,
  words: readonly string[],
  machines: Readonly<Record<string, Partial<Machine>>>,
): Promise<StubbedResult> {
  const reported: string[] = [];
  const reporter = { say: (message: string) => reported.push(message) } as unknown as Reporter;
  const commandContext = { firstborn: stubFirstborn(machines), reporter, environment: {} } as CommandContext;
  let stdout = '';
  const write = process.stdout.write.bind(process.stdout);
  // The test runner speaks to its parent on the same stream, in Buffers.
  const { mock } = context.mock.method(process.stdout, 'write', (data: string | Uint8Array) => {
    if (typeof data !== 'string') return write(data);
    stdout += data;
    return true;
  });
  try {
    const code = await command.run(readCommandWords(words, command.specs, command), commandContext);
    return { code, stdout, reported };
  } finally {
    mock.restore();
  }
}
