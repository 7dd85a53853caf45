import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { testEnvironment } from './run-firstborn.ts';
import { projectRoot } from './test-images.ts';

const deadlineMs = 240_000;

export interface CommandResult {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface RunningCommand {
  child: ChildProcess;
  finished: Promise<CommandResult>;
}

/** Starts `firstborn WORDS` on the machines of this test file. */
export function startCommand(words: string[], input?: string | Uint8Array): RunningCommand {
  const child = spawn(join(projectRoot, 'scripts/firstborn'), words, {
    env: testEnvironment,
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), deadlineMs);
  child.stdin?.on('error', () => {}).end(input);
  const ended = new Promise<Pick<CommandResult, 'code' | 'signal'>>((resolve) =>
    child.once('close', (code, signal) => resolve({ code, signal })),
  );
  const finish = async (): Promise<CommandResult> => {
    const [stdout, stderr, end] = await Promise.all([text(child.stdout!), text(child.stderr!), ended]);
    clearTimeout(timer);
    return { ...end, stdout, stderr };
  };
  return { child, finished: finish() };
}

/** Runs `firstborn WORDS` to its end. */
export function command(words: string[], input?: string | Uint8Array): Promise<CommandResult> {
  return startCommand(words, input).finished;
}

/** The same, which must succeed; gives what it printed without the last line feed. */
export async function done(words: string[], input?: string | Uint8Array): Promise<string> {
  const result = await command(words, input);
  assert.equal(result.code, 0, `firstborn ${words.join(' ')}\n${result.stdout}${result.stderr}`);
  return result.stdout.replace(/\n$/, '');
}
