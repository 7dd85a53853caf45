import { FirstbornError } from '../../protocol/errors.ts';
import { type Artefacts, requireArtefact } from '../artefacts.ts';
import { findInPath } from './qemu-program.ts';

/** What runs a Xen guest, by absolute paths. */
export interface XenPrograms {
  /** The toolstack, xl(1). */
  xlPath: string;
  /** The backend of the guest's second console, addon/xen-console. */
  consolePath: string;
}

/**
 * Finds Xen's toolstack in `searchPath`, and what of the build goes with it. Throws a FirstbornError of code `host` when
 * one is missing.
 */
export async function findXenPrograms(
  { xenConsolePath }: Pick<Artefacts, 'xenConsolePath'>,
  searchPath: string = process.env['PATH'] ?? '',
): Promise<XenPrograms> {
  const xlPath = await findInPath('xl', searchPath);
  if (xlPath === undefined) {
    throw new FirstbornError(
      'host',
      'Cannot find the program "xl": install Xen (Debian package xen-system-amd64) and boot it',
    );
  }
  return { xlPath, consolePath: await requireArtefact(xenConsolePath, 'the console backend for Xen') };
}
