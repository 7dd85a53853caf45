import { constants } from 'node:os';
import type { Native } from './native.ts';

/**
 * Loads the addon from an absolute path with dlopen(3). Works in an ES module and in a CommonJS bundle alike.
 * Symbols are bound at once, so a file that doesn't fit this machine fails here and not at its first use. The
 * addon belongs to the main thread; a worker gets an error. Throws what dlopen says.
 */
export function loadNative(path: string): Native {
  const module = { exports: {} };
  process.dlopen(module, path, constants.dlopen.RTLD_NOW);
  return module.exports as Native;
}
