import { createHash } from 'node:crypto';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { busyboxLayout } from './test-images.ts';

interface Descriptor {
  digest: string;
  size: number;
  annotations?: Record<string, string>;
}

type ImageConfig = Record<string, unknown> & { config: Record<string, unknown> };

/** Blobs of a layout directory. */
class Blobs {
  readonly #directory: string;

  constructor(layout: string) {
    this.#directory = join(layout, 'blobs/sha256');
  }

  read({ digest }: Descriptor): unknown {
    return JSON.parse(readFileSync(join(this.#directory, digest.slice(7)), 'utf8'));
  }

  /** Stores another blob in place of the one that is described. */
  replace(descriptor: Descriptor, value: unknown): Descriptor {
    const bytes = Buffer.from(JSON.stringify(value));
    const hex = createHash('sha256').update(bytes).digest('hex');
    writeFileSync(join(this.#directory, hex), bytes);
    return { ...descriptor, digest: `sha256:${hex}`, size: bytes.length };
  }
}

/** Copies the busybox layout to `layout` and edits the image configuration of its `base`. Returns the image's name. */
export function writeEditedImage(layout: string, edit: (config: ImageConfig) => void): string {
  cpSync(busyboxLayout, layout, { recursive: true });
  const blobs = new Blobs(layout);
  const indexPath = join(layout, 'index.json');
  const index = JSON.parse(readFileSync(indexPath, 'utf8')) as { manifests: Descriptor[] };
  const base = index.manifests.find(
    ({ annotations }) => annotations?.['org.opencontainers.image.ref.name'] === 'base',
  );
  if (base === undefined) throw new Error(`Cannot find the image "base" in "${busyboxLayout}"`);
  const manifest = blobs.read(base) as { config: Descriptor };
  const config = blobs.read(manifest.config) as ImageConfig;
  edit(config);
  const edited = { ...manifest, config: blobs.replace(manifest.config, config) };
  writeFileSync(indexPath, JSON.stringify({ ...index, manifests: [blobs.replace(base, edited)] }));
  return `${layout}:base`;
}
