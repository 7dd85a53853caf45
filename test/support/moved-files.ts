import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

/** Functions of node:fs that init uses with a path in the first place. */
const moved = [
  'existsSync',
  'lstatSync',
  'openSync',
  'readFileSync',
  'readdirSync',
  'rmdirSync',
  'statSync',
  'watch',
  'writeFileSync',
] as const;
const originals = new Map(moved.map((name) => [name, fs[name] as (...words: unknown[]) => unknown]));

/**
 * Has paths of the guest, all that begin with one of `tops`, mean the same path below `root`, until the test ends: the
 * machine of the test has others there, or none.
 */
export function moveFiles(context: TestContext, root: string, tops: readonly string[]): void {
  const isMoved = (path: unknown): path is string =>
    typeof path === 'string' && tops.some((top) => path === top || path.startsWith(`${top}/`));
  for (const [name, original] of originals) {
    Reflect.set(fs, name, (path: unknown, ...rest: unknown[]) =>
      original(isMoved(path) ? join(root, path) : path, ...rest),
    );
  }
  syncBuiltinESMExports();
  context.after(() => {
    for (const [name, original] of originals) Reflect.set(fs, name, original);
    syncBuiltinESMExports();
  });
}
