import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { file, type FixtureEntry, sha256, tarOf } from './image-fixtures.ts';

export type LayerCompression = 'none' | 'gzip' | 'zstd';

const compressors = { none: (bytes: Buffer) => bytes, gzip: gzipSync, zstd: zstdCompressSync };
const suffixes = { none: '', gzip: '+gzip', zstd: '+zstd' };

export interface FixtureImage {
  layers: readonly Buffer[];
  compression?: LayerCompression;
  architecture?: string;
  variant?: string;
  tag?: string;
  /** Left out of the descriptor when false. */
  platformInIndex?: boolean;
  layerMediaType?: string;
  /** Changes the manifest before it is stored. */
  editManifest?: (manifest: Record<string, unknown>) => void;
  editConfig?: (config: Record<string, unknown>) => void;
}

export interface FixtureDescriptor {
  mediaType: string;
  digest: string;
  size: number;
  [key: string]: unknown;
}

export const mediaTypes = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar',
} as const;

/** Files of an OCI layout that is being put together, by name. */
export class LayoutBuilder {
  readonly files = new Map<string, Buffer>();

  /** Stores a blob. */
  blob(mediaType: string, bytes: Buffer): FixtureDescriptor {
    const digest = sha256(bytes);
    this.files.set(`blobs/sha256/${digest.slice(7)}`, bytes);
    return { mediaType, digest, size: bytes.length };
  }

  json(mediaType: string, value: unknown): FixtureDescriptor {
    return this.blob(mediaType, Buffer.from(JSON.stringify(value)));
  }

  /** Stores an image; the descriptor is for an index. */
  image(image: FixtureImage): FixtureDescriptor {
    const compression = image.compression ?? 'gzip';
    const architecture = image.architecture ?? 'amd64';
    const platform = {
      os: 'linux',
      architecture,
      ...(image.variant === undefined ? {} : { variant: image.variant }),
    };
    const mediaType = image.layerMediaType ?? `${mediaTypes.layer}${suffixes[compression]}`;
    const config: Record<string, unknown> = { ...platform, ...configOf(image.layers) };
    image.editConfig?.(config);
    const manifest: Record<string, unknown> = {
      schemaVersion: 2,
      config: this.json(mediaTypes.config, config),
      layers: image.layers.map((layer) => this.blob(mediaType, compressors[compression](layer))),
    };
    image.editManifest?.(manifest);
    return {
      ...this.json(mediaTypes.manifest, manifest),
      ...(image.platformInIndex === false ? {} : { platform }),
      ...(image.tag === undefined ? {} : { annotations: { 'org.opencontainers.image.ref.name': image.tag } }),
    };
  }

  index(manifests: readonly FixtureDescriptor[]): FixtureDescriptor {
    return this.json(mediaTypes.index, { schemaVersion: 2, manifests });
  }

  /** Completes the layout. */
  finish(manifests: readonly FixtureDescriptor[]): this {
    this.files.set('oci-layout', Buffer.from('{"imageLayoutVersion":"1.0.0"}'));
    this.files.set('index.json', Buffer.from(JSON.stringify({ schemaVersion: 2, manifests })));
    return this;
  }

  async writeTo(path: string): Promise<string> {
    for (const [name, bytes] of this.files) {
      await mkdir(dirname(join(path, name)), { recursive: true });
      await writeFile(join(path, name), bytes);
    }
    return path;
  }

  /** The files as an archive, in the order in which they were added. */
  toTar(): Buffer {
    return tarOf([...this.files].map(([name, bytes]) => file(name, bytes.toString('latin1'))));
  }
}

function configOf(layers: readonly Buffer[]) {
  return {
    config: { Cmd: ['/bin/true'], Env: ['A=1'] },
    rootfs: { type: 'layers', diff_ids: layers.map(sha256) },
  };
}

/** A layout with one image. */
export function layoutOf(image: FixtureImage): LayoutBuilder {
  const builder = new LayoutBuilder();
  return builder.finish([builder.image(image)]);
}

/** An archive as `docker save` wrote it before it became an OCI layout. */
export function dockerArchiveOf(
  images: ReadonlyArray<{ layers: readonly Buffer[]; tags?: string[]; architecture?: string }>,
): FixtureEntry[] {
  const entries: FixtureEntry[] = [];
  const manifest = images.map(({ layers, tags, architecture = 'amd64' }) => {
    const config = Buffer.from(JSON.stringify({ os: 'linux', architecture, ...configOf(layers) }));
    const name = `${sha256(config).slice(7)}.json`;
    entries.push(file(name, config.toString('latin1')));
    const names = layers.map((layer) => {
      const path = `${sha256(layer).slice(7)}/layer.tar`;
      entries.push(file(path, layer.toString('latin1')));
      return path;
    });
    return { Config: name, RepoTags: tags ?? null, Layers: names };
  });
  return [...entries, file('manifest.json', JSON.stringify(manifest))];
}
