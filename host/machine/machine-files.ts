import { readFile } from 'node:fs/promises';
import { FirstbornError } from '../../protocol/errors.ts';
import { parseJsonWith } from '../../protocol/parse.ts';
import type { MachineDirectory } from './machine-directory.ts';
import { MachineRecord, MachineStatus } from './machine-record.ts';
import { replaceFile } from './replace-file.ts';

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new FirstbornError('host', `Cannot read "${path}"`, { cause });
  }
}

function write(path: string, value: unknown): void {
  try {
    replaceFile(path, `${JSON.stringify(value, undefined, 2)}\n`);
  } catch (cause) {
    throw new FirstbornError('host', `Cannot write "${path}"`, { cause });
  }
}

/** Reads `machine.json`. Throws a FirstbornError of code `host`. */
export async function readRecord({ recordPath }: MachineDirectory): Promise<MachineRecord> {
  return parseJsonWith(MachineRecord, await read(recordPath), `"${recordPath}"`, 'host');
}

/** Writes `machine.json`. Blocks. Throws a FirstbornError of code `host`. */
export function writeRecord({ recordPath }: MachineDirectory, record: MachineRecord): void {
  write(recordPath, record);
}

/** Reads `status.json`. Throws a FirstbornError of code `host`. */
export async function readStatus({ statusPath }: MachineDirectory): Promise<MachineStatus> {
  return parseJsonWith(MachineStatus, await read(statusPath), `"${statusPath}"`, 'host');
}

/** Replaces `status.json` as a whole. Blocks. Throws a FirstbornError of code `host`. */
export function writeStatus({ statusPath }: MachineDirectory, status: MachineStatus): void {
  write(statusPath, status);
}

/** The status of a machine that has never been started. */
export function newStatus(): MachineStatus {
  return {
    version: 1,
    state: 'created',
    monitor: null,
    vm: null,
    helpers: [],
    bootId: null,
    acknowledged: 0,
    startedMs: null,
    finishedMs: null,
    restarts: 0,
    ready: null,
    health: null,
    exit: null,
  };
}
