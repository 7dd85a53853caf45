import { execFile } from 'node:child_process';

/** A domain is built and taken down in seconds; a control domain under load may take more. */
const deadlineMs = 60_000;

export type XlResult = { state: 'done'; output: string } | { state: 'failed'; reason: string };

/** The last thing that a program said, on one line. */
function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.trim() ?? '';
}

/** Runs one command of xl(1) to its end. Never throws; takes at most a minute. */
export function runXl(xlPath: string, words: readonly string[]): Promise<XlResult> {
  return new Promise((resolve) => {
    execFile(xlPath, words, { timeout: deadlineMs, killSignal: 'SIGKILL' }, (error, stdout, stderr) => {
      if (error === null) resolve({ state: 'done', output: stdout });
      else resolve({ state: 'failed', reason: lastLine(stderr) || lastLine(error.message) });
    });
  });
}
