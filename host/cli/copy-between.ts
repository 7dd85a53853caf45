import { pipeline } from 'node:stream/promises';
import { FirstbornError } from '../../protocol/errors.ts';
import { type FileStat, type Machine, RequestRefusal } from '../client/index.ts';
import { findDestination } from '../files/find-destination.ts';
import { resolveLocalPath, statLocal } from '../files/local-path.ts';
import { packLocal } from '../files/pack-local.ts';
import { planCopy } from '../files/plan-copy.ts';
import { type UnpackedLocally, unpackLocal } from '../files/unpack-local.ts';

export interface CopyOptions {
  /** Copies what a link stands for. */
  follow: boolean;
  /** Keeps owners. */
  keepOwnership: boolean;
  signal: AbortSignal;
}

const namesDirectory = (path: string): boolean => path.endsWith('/') || path.endsWith('/.');

/** What is at a path of the container; `undefined` for nothing. */
async function statGuest(machine: Machine, path: string, signal: AbortSignal): Promise<FileStat | undefined> {
  try {
    return await machine.stat(path, { follow: namesDirectory(path), signal });
  } catch (error) {
    const reply = error instanceof RequestRefusal ? error.reply : undefined;
    // Without an errno it is the container that is not there.
    if (reply?.code === 'not-found' && reply.failed !== undefined && reply.failed.errno !== 'ELOOP')
      return undefined;
    throw error;
  }
}

/** Copies `path` of a container to a path of this machine, where docker-cp(1) would put it. */
export async function copyFromMachine(
  machine: Machine,
  path: string,
  localPath: string,
  { follow, keepOwnership, signal }: CopyOptions,
): Promise<UnpackedLocally> {
  const stat = await machine.stat(path, { follow: follow || namesDirectory(path), signal });
  const destination = await findDestination(resolveLocalPath(localPath), (place) =>
    statLocal(place, { follow: namesDirectory(place) }),
  );
  const plan = planCopy({ path, stat }, destination);
  const archive = await machine.copyOut(path, { follow, signal });
  try {
    return await unpackLocal(archive, plan, { keepOwnership, signal });
  } finally {
    archive.destroy();
  }
}

/** Copies a path of this machine into a container, where docker-cp(1) would put it. */
export async function copyToMachine(
  machine: Machine,
  localPath: string,
  path: string,
  { follow, keepOwnership, signal }: CopyOptions,
): Promise<void> {
  const source = resolveLocalPath(localPath);
  const stat = await statLocal(source, { follow: follow || namesDirectory(source) });
  if (stat === undefined) throw new FirstbornError('host', `Cannot copy "${localPath}": it does not exist`);
  const destination = await findDestination(path, (place) => statGuest(machine, place, signal));
  const plan = planCopy({ path: source, stat }, destination);
  const archive = packLocal(source, {
    name: plan.name,
    follow: follow || namesDirectory(source),
    keepOwnership,
    signal,
  });
  await machine.copyIn(plan.directory, archive, { signal });
}

/** Writes `path` of a container to our stdout as a tar archive. */
export async function archiveFromMachine(
  machine: Machine,
  path: string,
  { follow, signal }: CopyOptions,
): Promise<void> {
  if (process.stdout.isTTY) {
    throw new FirstbornError('usage', 'Cannot write an archive to a terminal: send stdout somewhere else');
  }
  const archive = await machine.copyOut(path, { follow, signal });
  await pipeline(archive, process.stdout, { end: false, signal });
}

/** Unpacks a tar archive from our stdin into the directory `path` of a container. */
export async function archiveToMachine(
  machine: Machine,
  path: string,
  { signal }: CopyOptions,
): Promise<void> {
  await machine.copyIn(path, process.stdin, { signal });
}
