import { dirname } from 'node:path';
import { FirstbornError } from '../protocol/errors.ts';
import { LaunchConfig, type LaunchConfigInput } from '../protocol/launch-config.ts';
import { maxConfigFileBytes } from '../protocol/limits.ts';
import { imageConfigPath, launchConfigPath } from '../protocol/names.ts';
import { parseWith } from '../protocol/parse.ts';
import { parseImageConfig } from './container-image.ts';
import { SquashfsWriter } from './disk/squashfs-writer.ts';
import type { RootEntry } from './root-entry.ts';
import { TemporaryFiles } from './source/temporary-files.ts';

export interface ConfigDiskContent {
  /** Goes to the guest verbatim. */
  imageConfigBytes: Buffer;
  launch: LaunchConfigInput;
  signal?: AbortSignal;
}

/**
 * Writes the config disk: a squashfs with `image/config.json` and `launch.json`, the same bytes for the same
 * content. Both are checked first as the guest will check them. The file appears whole or not at all. Throws
 * FirstbornError `config` or `image` for what the guest would refuse, `host` when mksquashfs fails.
 */
export async function writeConfigDisk(outPath: string, content: ConfigDiskContent): Promise<void> {
  const launch = parseWith(LaunchConfig, content.launch, launchConfigPath);
  parseImageConfig(content.imageConfigBytes, imageConfigPath);
  const files = new Map([
    [imageConfigPath, content.imageConfigBytes],
    [launchConfigPath, Buffer.from(`${JSON.stringify(launch, undefined, 2)}\n`)],
  ]);
  for (const [path, bytes] of files) checkSize(path, bytes);
  content.signal?.throwIfAborted();
  const temporary = await TemporaryFiles.in(dirname(outPath));
  try {
    const path = temporary.path('.squashfs');
    await writeFiles(path, files, content.signal);
    await temporary.keep(path, outPath);
  } catch (error) {
    await temporary.disposeAll();
    content.signal?.throwIfAborted();
    throw error;
  }
}

function checkSize(path: string, bytes: Buffer): void {
  if (bytes.length <= maxConfigFileBytes) return;
  throw new FirstbornError(
    'config',
    `Cannot accept ${path}: it has ${bytes.length} bytes, at most ${maxConfigFileBytes} are allowed`,
  );
}

async function writeFiles(
  path: string,
  files: ReadonlyMap<string, Buffer>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const writer = new SquashfsWriter(path, 'zstd', signal);
  try {
    const directories = new Set([
      '',
      ...[...files.keys()].map((name) => dirname(name)).filter((name) => name !== '.'),
    ]);
    for (const directory of directories) await writer.add(entry(directory, 'directory', 0o755, 0));
    for (const [name, bytes] of files) {
      signal?.throwIfAborted();
      await writer.add(entry(name, 'file', 0o644, bytes.length), single(bytes));
    }
    await writer.finish();
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

function entry(path: string, type: 'file' | 'directory', mode: number, sizeBytes: number): RootEntry {
  return {
    path,
    type,
    mode,
    uid: 0,
    gid: 0,
    mtimeSeconds: 0,
    mtimeNanoseconds: 0,
    sizeBytes,
    xattrs: new Map(),
  };
}

// oxlint-disable-next-line require-await -- an async iterable of one chunk
async function* single(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}
