import { boundingCapabilities } from '../../protocol/oci/convert/capabilities.ts';
import { formatExactJson, parseExactJson } from '../../protocol/oci/exact-json.ts';
import type { SpecSeccomp } from '../../protocol/oci/runtime-spec.ts';
import { type ContainerSettings, containerConfig } from '../launch/container-settings.ts';
import { readSeccompProfile } from '../launch/docker-seccomp.ts';
import type { Architecture } from '../vm/machine-description.ts';
import { readSmallFile } from './runtime-source.ts';

/**
 * The profile that a container is to have, from its file; `undefined` when it names none. Throws a FirstbornError: of
 * code `host` for a file that can't be read, of code `config` for one that is no profile.
 */
export async function loadSeccompProfile(
  settings: ContainerSettings,
  architecture: Architecture,
): Promise<SpecSeccomp | undefined> {
  if (typeof settings.seccomp !== 'object') return undefined;
  const { profilePath } = settings.seccomp;
  const what = `"${profilePath}"`;
  const value = parseExactJson((await readSmallFile(profilePath)).toString('utf8'), what);
  const capabilities = boundingCapabilities(containerConfig(settings));
  return readSeccompProfile(value, what, { architecture, capabilities });
}

/** The profile as the config disk holds it. */
export function encodeSeccompProfile(profile: SpecSeccomp | undefined): Buffer | undefined {
  return profile === undefined ? undefined : Buffer.from(formatExactJson(profile));
}
