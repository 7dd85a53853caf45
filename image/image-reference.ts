import { stat } from 'node:fs/promises';
import { FirstbornError } from '../protocol/errors.ts';

/** Where an image is, and which one of several. */
export interface ImageReference {
  readonly path: string;
  readonly kind: 'directory' | 'file';
  /** A tag, a full name or a digest. */
  readonly reference: string | undefined;
}

/**
 * Takes `PATH`, `PATH:TAG` and `PATH@DIGEST` apart. A path that exists as it is wins, then the longest one that
 * does. Throws FirstbornError `image` when nothing is there.
 */
export async function findImage(text: string): Promise<ImageReference> {
  for (const [path, reference] of splits(text)) {
    const stats = await statIfThere(path);
    if (stats === undefined) continue;
    if (stats.isDirectory()) return { path, kind: 'directory', reference };
    if (stats.isFile()) return { path, kind: 'file', reference };
    throw new FirstbornError('image', `Cannot read image "${path}": it is neither a file nor a directory`);
  }
  throw new FirstbornError('image', `Cannot find image "${text}": there is no such file or directory`);
}

/** `undefined` for a name of nothing. What is hidden or broken is no reason to look elsewhere. */
async function statIfThere(path: string) {
  try {
    return await stat(path);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG') return undefined;
    throw new FirstbornError('image', `Cannot read image "${path}"`, { cause });
  }
}

function* splits(text: string): Generator<[path: string, reference: string | undefined]> {
  if (text === '') return;
  yield [text, undefined];
  const digest = /^(.+)@(sha(?:256|512):[0-9a-f]+)$/.exec(text);
  if (digest?.[1] !== undefined) yield [digest[1], digest[2]];
  for (let colon = text.lastIndexOf(':'); colon > 0; colon = text.lastIndexOf(':', colon - 1)) {
    const reference = text.slice(colon + 1);
    if (reference !== '') yield [text.slice(0, colon), reference];
  }
}
