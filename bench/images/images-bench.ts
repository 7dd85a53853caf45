import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bench } from '../bench.ts';
import { type BenchImage, benchImages } from './bench-images.ts';
import { type ImageRound, type ImageTimes, reportImages } from './images-report.ts';
import { preparations, Preparer } from './preparations.ts';

const wholeRounds = 5;

async function measureRound(preparer: Preparer, { reference }: BenchImage): Promise<ImageRound> {
  const round: Partial<ImageRound> = {};
  for (const preparation of preparations) {
    // What is cached is what the round's first build has left; the one for EROFS has forgotten it.
    if (preparation === 'firstborn-cached') await preparer.prepare('firstborn-squashfs', reference);
    round[preparation] = await preparer.prepare(preparation, reference);
  }
  return round as ImageRound;
}

/** The ways take turns within a round, and ratios are taken within it: the host was as busy for all of them. */
export const imagesBench: Bench = {
  name: 'images',
  summary: 'From an OCI image to a root disk, against umoci with mksquashfs and mkfs.erofs',
  async run(options) {
    const images = options.quick ? benchImages().slice(0, 1) : benchImages();
    const rounds = options.quick ? 1 : wholeRounds;
    const directory = mkdtempSync(join(tmpdir(), 'firstborn-bench-'));
    try {
      const preparer = new Preparer(directory);
      const times: ImageTimes = {};
      for (const image of images) {
        options.onProgress(`images: ${image.name}, ${rounds} rounds of ${preparations.length} ways`);
        // The first build makes the initramfs, and files are read from the disk.
        await preparer.prepare('firstborn-squashfs', image.reference);
        const measured: ImageRound[] = [];
        for (let round = 0; round < rounds; round += 1) measured.push(await measureRound(preparer, image));
        times[image.name] = measured;
      }
      return reportImages(times);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  },
};
