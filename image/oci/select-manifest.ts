import { FirstbornError } from '../../protocol/errors.ts';
import { formatPlatform, type Platform, platformFitness } from '../platform.ts';
import type { ImageFiles } from '../source/image-files.ts';
import { maxIndexManifests } from '../image-limits.ts';
import { type Candidate, listCandidates } from './candidates.ts';
import { isNamedBy } from './reference-match.ts';
import type { Descriptor } from './schemas.ts';

const refNameKey = 'org.opencontainers.image.ref.name';
/** containerd and Docker keep the full name here. */
const imageNameKey = 'io.containerd.image.name';

/** The names under which index.json lists a descriptor, the shortest first. */
function namesOf(descriptor: Descriptor): string[] {
  const annotations = descriptor.annotations ?? {};
  return [annotations[refNameKey], annotations[imageNameKey]].filter((name) => name !== undefined);
}

/**
 * Chooses the manifest of a layout: by `reference` (a tag, a full name or a digest) where one is given, and by
 * platform. Throws FirstbornError `image` when nothing fits or when several images do.
 */
export async function selectManifest(
  files: ImageFiles,
  descriptors: readonly Descriptor[],
  platform: Platform,
  reference: string | undefined,
): Promise<Descriptor> {
  const named = descriptors.filter(
    (descriptor) => reference === undefined || namesOf(descriptor).some((name) => isNamedBy(name, reference)),
  );
  const isDigest = reference?.includes(':') === true && named.length === 0;
  const budget = { descriptors: maxIndexManifests };
  const groups = await Promise.all(
    (isDigest ? descriptors : named).map(async (descriptor) => {
      const candidates = await listCandidates(files, descriptor, budget);
      const wanted = isDigest ? candidates.filter(({ digests }) => digests.includes(reference)) : candidates;
      return { descriptor, candidates: wanted };
    }),
  );
  const candidates = groups.flatMap((group) => group.candidates);
  if (candidates.length === 0) throw nothingFound(files, descriptors, reference);
  const chosen = groups
    .map((group) => ({ descriptor: group.descriptor, best: bestFit(group.candidates, platform) }))
    .filter((group) => group.best !== undefined);
  const digests = new Set(chosen.map((group) => group.best?.descriptor.digest));
  if (digests.size > 1) throw ambiguous(files, chosen);
  const best = chosen[0]?.best;
  if (best === undefined) throw wrongPlatform(files, candidates, platform);
  return best.descriptor;
}

/** The first of the best: an index lists what its author prefers first. */
function bestFit(candidates: readonly Candidate[], platform: Platform): Candidate | undefined {
  let best: Candidate | undefined;
  let bestFitness = 0;
  for (const candidate of candidates) {
    const fitness = platformFitness(platform, candidate.platform);
    if (fitness > bestFitness) [best, bestFitness] = [candidate, fitness];
  }
  return best;
}

function quoteList(names: Iterable<string>): string {
  const quoted = [...new Set(names)].slice(0, 16).map((name) => `"${name}"`);
  return quoted.length === 0 ? 'none' : quoted.join(', ');
}

function nothingFound(
  files: ImageFiles,
  descriptors: readonly Descriptor[],
  reference: string | undefined,
): FirstbornError {
  const wanted = reference === undefined ? 'an image' : `"${reference}"`;
  const detail = reference === undefined ? '' : `; it has ${quoteList(descriptors.flatMap(namesOf))}`;
  return new FirstbornError('image', `Cannot find ${wanted} in "${files.path}"${detail}`);
}

function ambiguous(files: ImageFiles, groups: readonly { descriptor: Descriptor }[]): FirstbornError {
  const names = groups.map(({ descriptor }) => namesOf(descriptor)[0] ?? descriptor.digest);
  return new FirstbornError(
    'image',
    `Cannot choose between the images in "${files.path}": name one of ${quoteList(names)} as "${files.path}:TAG" or "${files.path}@DIGEST"`,
  );
}

function wrongPlatform(
  files: ImageFiles,
  candidates: readonly Candidate[],
  platform: Platform,
): FirstbornError {
  const found = quoteList(candidates.map((candidate) => formatPlatform(candidate.platform)));
  return new FirstbornError(
    'image',
    `Cannot find an image for "${formatPlatform(platform)}" in "${files.path}": found ${found}`,
  );
}
