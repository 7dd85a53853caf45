import { FirstbornError } from '../../protocol/errors.ts';
import type { FileStat } from '../../protocol/messages.ts';
import { type CopyDestination, parentOf } from './plan-copy.ts';

/** The kernel's MAXSYMLINKS. */
const maxLinks = 40;

/**
 * Finds out what a copy would meet at `path`. A link there is followed, to a place where nothing is too: a copy
 * through a link changes what the link stands for, as docker-cp(1) has it. `statAt` does not follow the last
 * link and gives `undefined` when nothing is there. Its errors pass through.
 */
export async function findDestination(
  path: string,
  statAt: (path: string) => Promise<FileStat | undefined>,
): Promise<CopyDestination> {
  let current = path;
  for (let links = 0; links <= maxLinks; links += 1) {
    const stat = await statAt(current);
    if (stat?.type !== 'symlink') {
      const parentStat = stat === undefined ? await statAt(below(parentOf(current), '')) : undefined;
      return { path: current, stat, parentStat };
    }
    const target = stat.target ?? '';
    // Not normalised: what ".." means depends on the links before it.
    current = target.startsWith('/') ? target : below(parentOf(current), target);
  }
  throw new FirstbornError(
    'usage',
    `Cannot copy to ${JSON.stringify(path)}: more than ${maxLinks} links lead on from it`,
  );
}

const below = (directory: string, rest: string): string =>
  directory.endsWith('/') ? `${directory}${rest}` : `${directory}/${rest}`;
