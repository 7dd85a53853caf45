import { formatExactJson, parseExactJson } from '../../protocol/oci/exact-json.ts';
import type { SpecMount } from '../../protocol/oci/runtime-spec.ts';

/**
 * The text of a config.json with mounts behind its own; as it is when there are none. The text has been checked before.
 * Pure.
 */
export function withMounts(configBytes: Buffer, mounts: readonly SpecMount[]): Buffer {
  if (mounts.length === 0) return configBytes;
  const config = parseExactJson(configBytes.toString('utf8'), 'config.json') as { mounts?: unknown[] | null };
  return Buffer.from(formatExactJson({ ...config, mounts: [...(config.mounts ?? []), ...mounts] }));
}
