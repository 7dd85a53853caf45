import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const goldenDirectory = join(import.meta.dirname, '../golden');

/**
 * Compares `text` with the file of that name in test/golden. With UPDATE_GOLDEN=1 the file is written
 * instead: look at the difference before it is committed.
 */
export function assertGolden(name: string, text: string): void {
  const path = join(goldenDirectory, name);
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(path, text);
  assert.equal(text, readFileSync(path, 'utf8'), `"${name}" differs; UPDATE_GOLDEN=1 accepts the new text`);
}
