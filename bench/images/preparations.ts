import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../test/support/test-images.ts';
import { type CommandTime, timeCommand } from './timed-command.ts';

/** The ways from an OCI image to a root disk that are compared. */
export const preparations = [
  'firstborn-squashfs',
  'umoci-squashfs',
  'firstborn-erofs',
  'umoci-erofs',
  'firstborn-cached',
] as const;
export type Preparation = (typeof preparations)[number];

/** Whom each of ours is compared with. */
export const peerOf: Partial<Record<Preparation, Preparation>> = {
  'firstborn-squashfs': 'umoci-squashfs',
  'firstborn-erofs': 'umoci-erofs',
  'firstborn-cached': 'umoci-squashfs',
};

/** What Firstborn has mksquashfs do, so that both compress as much. */
const squashfsWords = '-comp zstd -Xcompression-level 3 -noI -quiet -no-progress'.split(' ');

const unpack = 'umoci unpack --image "$1" "$2/bundle" >&2';
const scripts = {
  'umoci-squashfs': `${unpack} && mksquashfs "$2/bundle/rootfs" "$2/root.squashfs" ${squashfsWords.join(' ')}`,
  'umoci-erofs': `${unpack} && mkfs.erofs "$2/root.erofs" "$2/bundle/rootfs"`,
};

/** Prepares images in a directory of its own, which has to be there. */
export class Preparer {
  readonly #directory: string;
  readonly #stateDirectory: string;

  constructor(directory: string) {
    this.#directory = directory;
    this.#stateDirectory = join(directory, 'state');
  }

  /** Prepares the image in one way, from the command's start to its end. Nothing of it stays but what is cached. */
  async prepare(preparation: Preparation, reference: string): Promise<CommandTime> {
    const outDir = join(this.#directory, 'out');
    rmSync(outDir, { recursive: true, force: true });
    mkdirSync(outDir);
    try {
      switch (preparation) {
        case 'umoci-squashfs':
        case 'umoci-erofs':
          return await timeCommand(['sh', '-c', `set -e; ${scripts[preparation]}`, 'sh', reference, outDir]);
        case 'firstborn-squashfs':
        case 'firstborn-erofs':
          this.#forgetImages();
          return await this.#build(reference, outDir, preparation.slice('firstborn-'.length));
        case 'firstborn-cached':
          return await this.#build(reference, outDir, 'squashfs');
        default:
          return preparation satisfies never;
      }
    } finally {
      rmSync(outDir, { recursive: true, force: true });
    }
  }

  /** The initramfs stays: it is the same for all images. */
  #forgetImages(): void {
    rmSync(join(this.#stateDirectory, 'cache/images'), { recursive: true, force: true });
  }

  #build(reference: string, outDir: string, format: string): Promise<CommandTime> {
    const words = ['build', '--quiet', '--format', format, reference, '-o', outDir];
    const environment = { ...process.env, FIRSTBORN_STATE_DIR: this.#stateDirectory };
    return timeCommand([join(projectRoot, 'scripts/firstborn'), ...words], environment);
  }
}
