import { posix } from 'node:path';
import { FirstbornError } from '../../protocol/errors.ts';
import { archiveNameOf } from '../../protocol/files/entry-path.ts';
import type { FileStat } from '../../protocol/messages.ts';

/** What is known of a file's kind. */
type Kind = Pick<FileStat, 'type'>;

export interface CopySource {
  /** As given, with the slash or dot at its end. */
  path: string;
  stat: Kind;
}

export interface CopyDestination {
  /** As given, unless it was a link. */
  path: string;
  stat: Kind | undefined;
  /** Of the directory that holds it; matters when nothing is there yet. */
  parentStat: Kind | undefined;
}

/** Where a copy goes. */
export interface CopyPlan {
  /** A directory that exists. */
  directory: string;
  /** The name in it that the source gets; `''` to put what the source directory holds into it. */
  name: string;
}

const quoted = (path: string): string => JSON.stringify(path);
const namesDirectory = (path: string): boolean => /(?:^|\/)\.?$/.test(path);

/**
 * Decides where a copy goes, by the rules of docker-cp(1):
 *
 *     source      destination          result
 *     file        is not there         a file of that name; an error with a slash behind it
 *     file        a file               replaced
 *     file        a directory          a file in it, named as the source
 *     directory   is not there         a directory of that name
 *     directory   a file               an error
 *     directory   a directory          a directory in it, named as the source
 *     directory/. a directory          what the source holds, in it
 *
 * A link as the source counts as a file. Throws FirstbornError `usage` for what makes no sense.
 */
export function planCopy(source: CopySource, destination: CopyDestination): CopyPlan {
  const isDirectory = source.stat.type === 'directory';
  if (!isDirectory && namesDirectory(source.path)) {
    throw refusal(source, destination, 'the source is no directory');
  }
  if (destination.stat?.type === 'directory') {
    return { directory: destination.path, name: archiveNameOf(source.path) };
  }
  if (destination.stat === undefined) {
    if (!isDirectory && namesDirectory(destination.path)) {
      throw refusal(source, destination, 'the destination directory does not exist');
    }
    const plan = besideOthers(destination.path);
    if (destination.parentStat?.type === 'directory') return plan;
    const state = destination.parentStat === undefined ? 'does not exist' : 'is no directory';
    throw refusal(source, destination, `${quoted(plan.directory)} ${state}`);
  }
  if (isDirectory || namesDirectory(destination.path)) {
    throw refusal(source, destination, 'the destination is no directory');
  }
  return besideOthers(destination.path);
}

/** The directory that holds `path`, as a path. */
export function parentOf(path: string): string {
  return besideOthers(path).directory;
}

function besideOthers(path: string): CopyPlan {
  const bare = path.replace(/(?:\/+\.?)+$/, '');
  return { directory: posix.dirname(bare), name: posix.basename(bare) };
}

function refusal(source: CopySource, destination: CopyDestination, reason: string): FirstbornError {
  return new FirstbornError(
    'usage',
    `Cannot copy ${quoted(source.path)} to ${quoted(destination.path)}: ${reason}`,
  );
}
