import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

/** Makes a directory that goes when the test has ended. */
export function scratchDirectory(context: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'firstborn-test-'));
  context.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}
