import { FirstbornError } from '../../protocol/errors.ts';

/** One side of a copy. */
export type CopyPlace =
  | { where: 'machine'; machine: string; path: string }
  | { where: 'local'; path: string }
  /** `-`: a tar archive on stdin or stdout. */
  | { where: 'archive' };

/** A copy always has one side in a machine. */
export type CopyWish =
  | { direction: 'out'; machine: string; path: string; to: Exclude<CopyPlace, { where: 'machine' }> }
  | { direction: 'in'; machine: string; path: string; from: Exclude<CopyPlace, { where: 'machine' }> };

/** Reads `NAME:PATH`, `-` or a path; what begins with `/` or `.` is a path whatever follows. Pure. */
function readPlace(word: string): CopyPlace {
  if (word === '-') return { where: 'archive' };
  const colon = word.indexOf(':');
  if (colon < 1 || word.startsWith('/') || word.startsWith('.')) return { where: 'local', path: word };
  const path = word.slice(colon + 1);
  // docker-cp(1): every path in a container begins at its root.
  return { where: 'machine', machine: word.slice(0, colon), path: path.startsWith('/') ? path : `/${path}` };
}

/** Reads the two sides of a copy. Pure. Throws a FirstbornError of code `usage`. */
export function readCopyWish(words: readonly string[]): CopyWish {
  const [source, destination, extra] = words;
  if (source === undefined || destination === undefined || source === '' || destination === '') {
    throw new FirstbornError('usage', 'Cannot copy without a source and a destination');
  }
  if (extra !== undefined) {
    throw new FirstbornError('usage', `Cannot take the word "${extra}" behind the destination`);
  }
  const from = readPlace(source);
  const to = readPlace(destination);
  if (from.where === 'machine' && to.where === 'machine') {
    throw new FirstbornError('usage', 'Cannot copy from machine to machine: one side must be a path or "-"');
  }
  if (from.where === 'machine' && to.where !== 'machine') {
    return { direction: 'out', machine: from.machine, path: from.path, to };
  }
  if (to.where === 'machine' && from.where !== 'machine') {
    return { direction: 'in', machine: to.machine, path: to.path, from };
  }
  throw new FirstbornError('usage', 'Cannot copy without a machine: one side must be NAME:PATH');
}
