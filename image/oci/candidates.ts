import { FirstbornError } from '../../protocol/errors.ts';
import { maxConfigFileBytes } from '../../protocol/limits.ts';
import { parseJsonWith } from '../../protocol/parse.ts';
import { parseImageConfig } from '../container-image.ts';
import { maxIndexDepth, maxIndexManifests, maxManifestBytes } from '../image-limits.ts';
import type { Platform } from '../platform.ts';
import type { ImageFiles } from '../source/image-files.ts';
import { readBlob } from './blobs.ts';
import {
  configMediaTypes,
  type Descriptor,
  ImageIndex,
  ImageManifest,
  indexMediaTypes,
  manifestMediaTypes,
} from './schemas.ts';

/** A manifest that could be the wanted image. */
export interface Candidate {
  readonly descriptor: Descriptor;
  /** What the index says, else what the image config says. */
  readonly platform: Platform;
  /** Digests of the indexes it was reached through and its own. */
  readonly digests: readonly string[];
}

/** Reads and checks the manifest of a descriptor. */
export async function readManifest(files: ImageFiles, descriptor: Descriptor): Promise<ImageManifest> {
  const what = `manifest "${descriptor.digest}"`;
  const bytes = await readBlob(files, descriptor, maxManifestBytes, what);
  const manifest = parseJsonWith(ImageManifest, bytes.toString('utf8'), what, 'image');
  checkMediaType(descriptor, manifest.mediaType, what);
  return manifest;
}

async function readIndex(files: ImageFiles, descriptor: Descriptor): Promise<Descriptor[]> {
  const what = `image index "${descriptor.digest}"`;
  const bytes = await readBlob(files, descriptor, maxManifestBytes, what);
  const index = parseJsonWith(ImageIndex, bytes.toString('utf8'), what, 'image');
  checkMediaType(descriptor, index.mediaType, what);
  return index.manifests ?? [];
}

/** A document must be what its descriptor says (CVE-2021-41190). */
function checkMediaType(descriptor: Descriptor, found: string | undefined, what: string): void {
  if (found === undefined || found === descriptor.mediaType) return;
  throw new FirstbornError(
    'image',
    `Cannot accept ${what}: its media type is "${found}", wanted "${descriptor.mediaType}"`,
  );
}

/**
 * The images below one descriptor, through nested indexes. Attestations and artifacts are left out. Throws
 * FirstbornError `image` for an unknown media type or for damage.
 */
export async function listCandidates(
  files: ImageFiles,
  descriptor: Descriptor,
  budget: DescriptorBudget,
): Promise<Candidate[]> {
  const candidates: Candidate[] = [];
  await collect(files, descriptor, [], { candidates, budget });
  return candidates;
}

/**
 * How many descriptors may still be followed, to be shared by all that one index.json lists. It counts what
 * turns out to be no image too: a few small indexes that list one another hundreds of times make millions.
 */
export interface DescriptorBudget {
  descriptors: number;
}

async function collect(
  files: ImageFiles,
  descriptor: Descriptor,
  path: readonly string[],
  found: { candidates: Candidate[]; budget: DescriptorBudget },
): Promise<void> {
  if (--found.budget.descriptors < 0) {
    throw new FirstbornError(
      'image',
      `Cannot accept "${files.path}": it lists more than ${maxIndexManifests} images`,
    );
  }
  const digests = [...path, descriptor.digest];
  if (indexMediaTypes.has(descriptor.mediaType)) {
    if (digests.length > maxIndexDepth) {
      throw new FirstbornError('image', `Cannot accept "${files.path}": its image indexes nest too deeply`);
    }
    for (const child of await readIndex(files, descriptor)) await collect(files, child, digests, found);
    return;
  }
  if (isAttestation(descriptor)) return;
  if (!manifestMediaTypes.has(descriptor.mediaType)) {
    throw new FirstbornError(
      'image',
      `Cannot accept manifest "${descriptor.digest}": unknown media type "${descriptor.mediaType}"`,
    );
  }
  const platform = descriptor.platform ?? (await platformFromConfig(files, descriptor));
  if (platform === undefined) return;
  found.candidates.push({ descriptor, platform: toPlatform(platform), digests });
}

function isAttestation(descriptor: Descriptor): boolean {
  const { platform } = descriptor;
  return (
    (platform?.os === 'unknown' && platform.architecture === 'unknown') ||
    descriptor.annotations?.['vnd.docker.reference.type'] === 'attestation-manifest'
  );
}

/** `undefined` for an artifact. An image that does not say what it is for counts as fitting nothing. */
async function platformFromConfig(
  files: ImageFiles,
  descriptor: Descriptor,
): Promise<LoosePlatform | undefined> {
  const { config } = await readManifest(files, descriptor);
  if (!configMediaTypes.has(config.mediaType)) return undefined;
  const what = `image config "${config.digest}"`;
  const parsed = parseImageConfig(await readBlob(files, config, maxConfigFileBytes, what), what);
  return {
    os: parsed.os ?? 'unknown',
    architecture: parsed.architecture ?? 'unknown',
    variant: parsed.variant,
  };
}

interface LoosePlatform {
  os: string;
  architecture: string;
  variant?: string | undefined;
}

function toPlatform({ os, architecture, variant }: LoosePlatform): Platform {
  return variant === undefined ? { os, architecture } : { os, architecture, variant };
}
