import { hashLevels } from '../../../image/verity/hash-tree.ts';
import type { VerityConfig } from '../../../protocol/verity.ts';

/** One bit of a disk, turned over. */
export interface Flip {
  offsetBytes: number;
  /** 0 … 7. */
  bit: number;
}

/** One reading of a disk in which some bits are flipped. */
export interface FlipPass {
  flips: Flip[];
  /** Every so manieth block is read, beginning with the first. */
  stride: number;
}

/** What a guest is told, as a file in its initramfs. */
export interface FlipRequest {
  verity: VerityConfig;
  passes: FlipPass[];
}
export const flipRequestPath = 'flips.json';

/** What a guest met in one pass. Blocks are numbered from the disk's start. */
export interface FlipReport {
  /** Could not be read. */
  refused: number[];
  /** Could be read, and are not what they were before the flips. */
  wrong: number[];
  /** What the kernel says of the device afterwards. */
  status: string;
}
/** How each of a guest's lines begins. */
export const reportMark = 'flip-report ';

const digestsPerBlock = 128;

/**
 * The blocks of data that a flip takes away, first and last: a block itself, or all below a block of the tree.
 * `undefined` in the superblock, which no guest reads. Pure.
 */
function damagedBlocks(verity: VerityConfig, { offsetBytes }: Flip): [number, number] | undefined {
  const { dataBlocks, blockSizeBytes, hashOffsetBytes } = verity;
  const block = Math.floor(offsetBytes / blockSizeBytes);
  if (block < dataBlocks) return [block, block];
  const treeBlock = block - hashOffsetBytes / blockSizeBytes - 1;
  for (const [index, { firstBlock, blocks }] of hashLevels(dataBlocks).entries()) {
    if (treeBlock < firstBlock || treeBlock >= firstBlock + blocks) continue;
    const span = digestsPerBlock ** (index + 1);
    const first = (treeBlock - firstBlock) * span;
    return [first, first + span - 1];
  }
  return undefined;
}

/** What a guest must report. Pure. */
export function expectedReport(verity: VerityConfig, { flips, stride }: FlipPass): FlipReport {
  const damaged = flips.flatMap((flip) => {
    const blocks = damagedBlocks(verity, flip);
    return blocks === undefined ? [] : [blocks];
  });
  const refused: number[] = [];
  for (let block = 0; block < verity.dataBlocks; block += stride)
    if (damaged.some(([first, last]) => block >= first && block <= last)) refused.push(block);
  return { refused, wrong: [], status: refused.length > 0 ? 'C' : 'V' };
}
