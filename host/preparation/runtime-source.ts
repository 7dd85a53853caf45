import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { FirstbornError } from '../../protocol/errors.ts';
import { maxConfigFileBytes } from '../../protocol/limits.ts';
import { refuseImpossible } from '../../protocol/oci/impossible.ts';
import type { RuntimeSpec } from '../../protocol/oci/runtime-spec.ts';
import { parseRuntimeSpecText } from '../../protocol/oci/runtime-spec-schema.ts';

/** Where a container's configuration comes from, when it is not made of the image's. */
export interface RuntimeChoice {
  /** A directory with a config.json and a root file system (runtime-spec, bundle.md). */
  bundle?: string | undefined;
  /** A config.json for an image. */
  config?: string | undefined;
}

/** A configuration that was read and can be run. */
export interface RuntimeSource {
  path: string;
  configBytes: Buffer;
  spec: RuntimeSpec;
  /** What of it has no effect, a line each. */
  warnings: string[];
  /** Absolute paths; absent for a configuration without a bundle. */
  bundle: { directory: string; rootDirectory: string } | undefined;
}

/**
 * Reads and checks the configuration that was chosen; `undefined` when none was. Throws a FirstbornError: of code `host`
 * for a file that can't be read, of code `config` for what the guest would refuse.
 */
export async function readRuntimeSource(choice: RuntimeChoice): Promise<RuntimeSource | undefined> {
  if (choice.bundle !== undefined) return await readBundle(resolve(choice.bundle));
  return choice.config === undefined ? undefined : await readConfig(resolve(choice.config));
}

async function readConfig(path: string): Promise<RuntimeSource> {
  const source = await readConfigFile(path);
  const index = (source.spec.mounts ?? []).findIndex(isRelativeBind);
  if (index === -1) return { ...source, bundle: undefined };
  throw new FirstbornError(
    'config',
    `Cannot accept "${path}": mounts[${index}].source: expected an absolute path, since there is no bundle`,
  );
}

/** One whose source lies in the bundle. */
export function isRelativeBind(mount: NonNullable<RuntimeSpec['mounts']>[number]): boolean {
  const { type, source = '', options = [] } = mount;
  const isBind = type === 'bind' || options.includes('bind') || options.includes('rbind');
  return isBind && !source.startsWith('/');
}

async function readBundle(directory: string): Promise<RuntimeSource> {
  const source = await readConfigFile(join(directory, 'config.json'));
  const rootPath = source.spec.root?.path;
  if (rootPath === undefined) {
    throw new FirstbornError('config', `Cannot run the bundle "${directory}": its config.json has no "root"`);
  }
  return { ...source, bundle: { directory, rootDirectory: resolve(directory, rootPath) } };
}

async function readConfigFile(path: string): Promise<Omit<RuntimeSource, 'bundle'>> {
  const configBytes = await readSmallFile(path);
  const spec = parseRuntimeSpecText(configBytes.toString('utf8'), `"${path}"`);
  return { path, configBytes, spec, warnings: refuseImpossible(spec, `"${path}"`) };
}

/** A configuration as a whole. Throws a FirstbornError of code `host`, of code `config` for one that is too long. */
export async function readSmallFile(path: string): Promise<Buffer> {
  try {
    const stats = await stat(path);
    if (stats.size <= maxConfigFileBytes) return await readFile(path);
  } catch (cause) {
    throw new FirstbornError('host', `Cannot read "${path}"`, { cause });
  }
  throw new FirstbornError('config', `Cannot accept "${path}": expected at most ${maxConfigFileBytes} bytes`);
}
