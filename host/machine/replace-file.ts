import { renameSync, writeFileSync } from 'node:fs';

/**
 * Writes a small file so that a reader sees the old text or the new one, whatever happens to this process.
 * Blocks. For one writer at a time. Throws what writing and renaming throw.
 */
export function replaceFile(path: string, text: string): void {
  const next = `${path}.new`;
  writeFileSync(next, text, { mode: 0o600 });
  renameSync(next, path);
}
