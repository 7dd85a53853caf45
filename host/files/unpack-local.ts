import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { promisify } from 'node:util';
import { closeFd, O_PATH, openPath, pathInDirectory } from '../../protocol/files/descriptor-calls.ts';
import { fileFailure } from '../../protocol/files/file-failure.ts';
import type { CopyTotals } from '../../protocol/files/pack-tree.ts';
import { unpackTree } from '../../protocol/files/unpack-tree.ts';
import type { CopyPlan } from './plan-copy.ts';

/** Devices that are named in the result. */
const maxNamedDevices = 100;

export interface UnpackLocalOptions {
  /** Keep owners and set-id bits, which only root can; without it everything belongs to the current user. */
  keepOwnership?: boolean;
  /** Ends the work with its reason at the next entry. */
  signal?: AbortSignal;
}

export interface UnpackedLocally extends CopyTotals {
  /** Devices that were left out, the first hundred by name. */
  skippedDevices: string[];
}

/**
 * Unpacks a tar archive from a guest as `planCopy` has decided: its top gets the plan's name in the plan's
 * directory. The guest is not trusted: nothing but that name and what is below it is touched, links are never
 * followed, and an archive that holds something else is refused. Errors are FirstbornErrors of code `host`.
 */
export async function unpackLocal(
  archive: AsyncIterable<Uint8Array>,
  { directory, name }: CopyPlan,
  options: UnpackLocalOptions = {},
): Promise<UnpackedLocally> {
  const skippedDevices: string[] = [];
  const directoryFd = await openDestination(directory);
  try {
    const totals = await unpackTree(archive, directoryFd, {
      archive: 'the archive from the guest',
      errorCode: 'host',
      keepOwnership: options.keepOwnership === true && process.geteuid?.() === 0,
      placeEntry: placeUnder(name),
      makeFifo,
      skipDevice: (device) => {
        if (skippedDevices.length < maxNamedDevices) skippedDevices.push(device);
      },
      refuseSparse: true,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    return { ...totals, skippedDevices };
  } finally {
    await closeFd(directoryFd);
  }
}

/**
 * Gives the top of an archive, whatever its name there, the name `name`; with `''` what is in it takes the top's
 * place. The function that is returned throws RangeError for what is not below the top.
 */
export function placeUnder(name: string): (path: readonly string[]) => readonly string[] {
  let top: readonly string[] | undefined;
  return (path) => {
    top ??= path.slice(0, 1);
    if (top[0] !== undefined && path[0] !== top[0]) throw new RangeError('it is not part of what was copied');
    const inside = path.slice(top.length);
    return name === '' ? inside : [name, ...inside];
  };
}

async function openDestination(directory: string): Promise<number> {
  try {
    return await openPath(directory, O_PATH | constants.O_DIRECTORY);
  } catch (error) {
    throw fileFailure('host', `Cannot copy into ${JSON.stringify(directory)}`, error);
  }
}

/** mkfifo(1), through our descriptor as others see it: the child's own table does not have it. */
async function makeFifo(directoryFd: number, name: string): Promise<void> {
  if (!name.isWellFormed()) throw new RangeError('the name of a FIFO must be UTF-8');
  const path = pathInDirectory(directoryFd, name).toString().replace('/self/', `/${process.pid}/`);
  try {
    await promisify(execFile)('mkfifo', ['-m', '600', path], { env: { ...process.env, LC_ALL: 'C' } });
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string };
    if (!stderr.includes('File exists')) throw error;
    throw Object.assign(new Error('EEXIST in mkfifo'), { code: 'EEXIST', errno: 17, syscall: 'mkfifo' });
  }
}
