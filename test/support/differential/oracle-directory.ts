import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A place for bundles and runc's state. */
export interface OracleDirectory {
  readonly path: string;
  /** For names of containers, which become those of control groups that all of the machine share. */
  readonly prefix: string;
  remove(): void;
}

let count = 0;

/** Makes an empty one, into which root of a user namespace can come. */
export function oracleDirectory(): OracleDirectory {
  const path = mkdtempSync(join(tmpdir(), 'firstborn-differential-'));
  chmodSync(path, 0o755);
  count += 1;
  return {
    path,
    prefix: `firstborn-differential-${process.pid}-${count}`,
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}
