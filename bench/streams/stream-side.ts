import type { Qmp } from '../../test/support/qmp.ts';

/** Which way the bytes go: out of the guest, into it, or in and out again at once. */
export const directions = ['out', 'in', 'both'] as const;
export type Direction = (typeof directions)[number];

/** A booted machine, in one of the ways in which it moves bytes. */
export interface StreamSide {
  readonly qmp: Qmp;
  /** Moves so many blocks of 32 KiB; resolves when the last byte has got where it goes. */
  move(direction: Direction, blocks: number): Promise<void>;
}
