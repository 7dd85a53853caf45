import { readFile } from 'node:fs/promises';
import { stripVTControlCharacters } from 'node:util';
import { FirstbornError } from '../../protocol/errors.ts';
import type { ProcessEnd } from './detached-process.ts';

const maxLines = 3;
const maxCharacters = 2048;

/** The last lines that a VM monitor printed, joined to one; empty when it printed none. */
export async function lastWords(vmLogPath: string): Promise<string> {
  const text = await readFile(vmLogPath, 'utf8').catch(() => '');
  const lines = stripVTControlCharacters(text.slice(-2 * maxCharacters))
    .split('\n')
    // The file can hold anything, and this goes to a terminal.
    .map((line) => line.replaceAll(/\p{Cc}/gu, '').trim())
    .filter((line) => line !== '');
  return lines.slice(-maxLines).join('; ').slice(-maxCharacters);
}

/** Says of a virtual machine that ended before its guest had said how: `… ended with code 1: no such disk`. */
export async function endWithoutWord(end: ProcessEnd, vmLogPath: string): Promise<FirstbornError> {
  const words = await lastWords(vmLogPath);
  const wasSeen = end.code !== null || end.signal !== null;
  const problem =
    (end.code === 0 || !wasSeen) && words === ''
      ? 'Machine ended without a word from the guest'
      : `Virtual machine monitor ${describeEnd(end)}${words === '' ? '' : `: ${words}`}`;
  return new FirstbornError('vm', problem);
}

function describeEnd({ code, signal }: ProcessEnd): string {
  if (signal !== null) return `was killed by ${signal}`;
  return code === null ? 'ended' : `ended with code ${code}`;
}
