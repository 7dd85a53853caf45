import { dirname } from 'node:path';
import { FirstbornError } from '../protocol/errors.ts';
import { LaunchConfig, type LaunchConfigInput } from '../protocol/launch-config.ts';
import { maxConfigFileBytes } from '../protocol/limits.ts';
import {
  bundlePath,
  imageConfigPath,
  launchConfigPath,
  runtimeConfigPath,
  seccompProfilePath,
} from '../protocol/names.ts';
import { parseWith } from '../protocol/parse.ts';
import type { BundleEntry } from './bundle-entry.ts';
import { parseImageConfig } from './container-image.ts';
import { SquashfsWriter } from './disk/squashfs-writer.ts';
import { madeEntry, onePiece, type RootEntry } from './root-entry.ts';
import { TemporaryFiles } from './source/temporary-files.ts';

export interface ConfigDiskContent {
  /** Goes to the guest verbatim. */
  imageConfigBytes: Buffer;
  launch: LaunchConfigInput;
  /** The container's configuration in place of one made of the image's. Goes to the guest verbatim; checked by who read it. */
  runtimeConfigBytes?: Buffer | undefined;
  /** A system call filter that launch.json names. */
  seccompProfileBytes?: Buffer | undefined;
  /** The files of a bundle beside its root and its configuration, parents first. */
  bundle?: readonly BundleEntry[] | undefined;
  signal?: AbortSignal;
}

/**
 * Writes the config disk: a squashfs with `image/config.json`, `launch.json` and what else there is for the guest, the
 * same bytes for the same content. Those two are checked first as the guest will check them. The file appears whole or not at all. Throws
 * FirstbornError `config` or `image` for what the guest would refuse, `host` when mksquashfs fails.
 */
export async function writeConfigDisk(outPath: string, content: ConfigDiskContent): Promise<void> {
  const launch = parseWith(LaunchConfig, content.launch, launchConfigPath);
  parseImageConfig(content.imageConfigBytes, imageConfigPath);
  const entries = [
    directoryEntry(''),
    directoryEntry(dirname(imageConfigPath)),
    fileEntry(imageConfigPath, content.imageConfigBytes),
    fileEntry(launchConfigPath, Buffer.from(`${JSON.stringify(launch, undefined, 2)}\n`)),
    ...optionalFile(runtimeConfigPath, content.runtimeConfigBytes),
    ...optionalFile(seccompProfilePath, content.seccompProfileBytes),
    ...bundleEntries(content.bundle),
  ];
  content.signal?.throwIfAborted();
  const temporary = await TemporaryFiles.in(dirname(outPath));
  try {
    const path = temporary.path('.squashfs');
    await writeEntries(path, entries, content.signal);
    await temporary.keep(path, outPath);
  } catch (error) {
    await temporary.disposeAll();
    content.signal?.throwIfAborted();
    throw error;
  }
}

/** What is written, with all of its content. */
interface DiskEntry extends RootEntry {
  readonly content?: Buffer;
}

async function writeEntries(
  path: string,
  entries: readonly DiskEntry[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const writer = new SquashfsWriter(path, 'zstd', signal);
  try {
    for (const { content, ...one } of entries) {
      signal?.throwIfAborted();
      await writer.add(one, content === undefined ? undefined : onePiece(content));
    }
    await writer.finish();
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

/** The files of the bundle below a directory of their own, as they are. */
function bundleEntries(bundle: readonly BundleEntry[] | undefined): DiskEntry[] {
  if (bundle === undefined) return [];
  const entries = bundle.map(
    (item): DiskEntry => ({
      ...item,
      path: `${bundlePath}/${item.path}`,
      mtimeNanoseconds: 0,
      sizeBytes: item.content?.length ?? 0,
      xattrs: new Map(),
    }),
  );
  return [directoryEntry(bundlePath), ...entries];
}

function optionalFile(path: string, bytes: Buffer | undefined): DiskEntry[] {
  return bytes === undefined ? [] : [fileEntry(path, bytes)];
}

/** A configuration file, which the guest reads whole. */
function fileEntry(path: string, content: Buffer): DiskEntry {
  if (content.length > maxConfigFileBytes) {
    throw new FirstbornError(
      'config',
      `Cannot accept ${path}: it has ${content.length} bytes, at most ${maxConfigFileBytes} are allowed`,
    );
  }
  return { ...madeEntry(path, 'file', 0o644, content.length), content };
}

const directoryEntry = (path: string): DiskEntry => madeEntry(path, 'directory', 0o755, 0);
