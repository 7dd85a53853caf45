import { DatabaseSync } from 'node:sqlite';
import { FirstbornError } from '../../protocol/errors.ts';

/** SQLITE_BUSY: another process has the lock. */
const busyCode = 5;

/** A lock that this process holds until it releases it or ends. */
export interface MachineLock {
  release(): void;
}

/**
 * Takes the lock of a machine's directory, or returns `undefined` when another process has it. Does not wait.
 *
 * The kernel keeps the lock (fcntl(2), F_SETLK) and takes it back when its holder ends, however that happens,
 * so there is no stale lock and no race about who may remove one. Node has no call for it but through its
 * SQLite, whose exclusive transaction on an empty database is just that; nothing is ever written. Throws a
 * FirstbornError of code `host` when the file can't be opened.
 */
export function takeLock(path: string): MachineLock | undefined {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { timeout: 0 });
    database.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    database?.close();
    if ((cause as { errcode?: number }).errcode === busyCode) return undefined;
    throw new FirstbornError('host', `Cannot lock "${path}"`, { cause });
  }
  const held = database;
  return { release: () => held.close() };
}
