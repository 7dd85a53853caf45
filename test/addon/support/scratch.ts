import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';

/** A directory that is there until the tests of the calling file have ended. */
export function scratchDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'firstborn-addon-'));
  after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
