import { access, constants } from 'node:fs/promises';
import { FirstbornError } from '../../protocol/errors.ts';
import type { Artefacts } from '../artefacts.ts';
import { requireArtefact } from '../artefacts.ts';
import { findInPath } from './qemu-program.ts';

/** What runs a Xen guest, by absolute paths. */
export interface XenPrograms {
  /** The toolstack, xl(1). */
  xlPath: string;
  /** The backend of the guest's second console, addon/xen-console. */
  consolePath: string;
  /** Makes a block device of a disk's file; the path is the control domain's. */
  diskScriptPath: string;
}

/** The part of the build's results that is about Xen. */
export type XenArtefacts = Pick<Artefacts, 'xenConsolePath' | 'xenDiskScriptPath'>;

/**
 * Finds Xen's toolstack in `searchPath`, and what of the build goes with it. Throws a FirstbornError of code `host` when
 * one is missing.
 */
export async function findXenPrograms(
  { xenConsolePath, xenDiskScriptPath }: XenArtefacts,
  searchPath: string = process.env['PATH'] ?? '',
): Promise<XenPrograms> {
  const xlPath = await findInPath('xl', searchPath);
  if (xlPath === undefined) {
    throw new FirstbornError(
      'host',
      'Cannot find the program "xl": install Xen (Debian package xen-system) and boot it',
    );
  }
  const consolePath = await requireArtefact(xenConsolePath, 'the console backend for Xen');
  return { xlPath, consolePath, diskScriptPath: await requireProgram(xenDiskScriptPath) };
}

async function requireProgram(path: string): Promise<string> {
  try {
    await access(path, constants.X_OK);
    return path;
  } catch (cause) {
    throw new FirstbornError('host', `Cannot use "${path}" for the disks of Xen guests`, { cause });
  }
}
