import * as z from 'zod/mini';
import { maxListEntries } from '../../protocol/limits.ts';
import { maxIndexManifests } from '../image-limits.ts';
import { digestPattern } from '../source/digest.ts';

/** Media types of what a descriptor may point at (OCI media-types.md; Docker's manifest v2 schema 2). */
export const indexMediaTypes: ReadonlySet<string> = new Set([
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
]);
export const manifestMediaTypes: ReadonlySet<string> = new Set([
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
]);
/** Any other config makes the manifest an artifact (a signature, a chart …), not an image. */
export const configMediaTypes: ReadonlySet<string> = new Set([
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.docker.container.image.v1+json',
]);
export const layerMediaTypes: ReadonlySet<string> = new Set([
  'application/vnd.oci.image.layer.v1.tar',
  'application/vnd.oci.image.layer.v1.tar+gzip',
  'application/vnd.oci.image.layer.v1.tar+zstd',
  'application/vnd.oci.image.layer.nondistributable.v1.tar',
  'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
  'application/vnd.oci.image.layer.nondistributable.v1.tar+zstd',
  'application/vnd.docker.image.rootfs.diff.tar',
  'application/vnd.docker.image.rootfs.diff.tar.gzip',
  'application/vnd.docker.image.rootfs.diff.tar.zstd',
  'application/vnd.docker.image.rootfs.foreign.diff.tar',
  'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
]);

const Annotations = z.optional(z.nullable(z.record(z.string(), z.string())));

const PlatformSchema = z.looseObject({
  os: z.string(),
  architecture: z.string(),
  variant: z.optional(z.string()),
});

/** OCI descriptor.md. Loose: extensions are common. */
export const Descriptor = z.looseObject({
  mediaType: z.string(),
  digest: z.string().check(z.regex(digestPattern, 'expected a sha256 or sha512 digest')),
  size: z.int().check(z.minimum(0)),
  urls: z.optional(z.nullable(z.array(z.string()))),
  annotations: Annotations,
  platform: z.optional(z.nullable(PlatformSchema)),
});
export type Descriptor = z.infer<typeof Descriptor>;

/** The `oci-layout` file (OCI image-layout.md). */
export const OciLayout = z.looseObject({ imageLayoutVersion: z.literal('1.0.0') });

/**
 * index.json and nested indexes. A document that is also a manifest could be read in two ways by two programs,
 * so each kind refuses the other's keys.
 */
export const ImageIndex = z.looseObject({
  schemaVersion: z.literal(2),
  mediaType: z.optional(z.string()),
  manifests: z.nullable(z.array(Descriptor).check(z.maxLength(maxIndexManifests))),
  layers: z.optional(z.undefined()),
  config: z.optional(z.undefined()),
});

export const ImageManifest = z.looseObject({
  schemaVersion: z.literal(2),
  mediaType: z.optional(z.string()),
  config: Descriptor,
  layers: z.array(Descriptor).check(z.maxLength(maxListEntries)),
  manifests: z.optional(z.undefined()),
});
export type ImageManifest = z.infer<typeof ImageManifest>;

/** manifest.json of `docker save`. */
export const DockerArchiveManifest = z
  .array(
    z.looseObject({
      Config: z.string(),
      RepoTags: z.optional(z.nullable(z.array(z.string()))),
      Layers: z.array(z.string()).check(z.maxLength(maxListEntries)),
    }),
  )
  .check(z.minLength(1), z.maxLength(maxIndexManifests));
export type DockerArchiveManifest = z.infer<typeof DockerArchiveManifest>;
