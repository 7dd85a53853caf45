import { rm } from 'node:fs/promises';
import { FirstbornError } from '../../protocol/errors.ts';
import type { RootDiskWriter, RootEntry } from '../root-entry.ts';
import { Program } from '../source/program.ts';
import { type RootMetadata, setSquashfsRoot } from './squashfs-root.ts';
import { encodeTarHeader, tarEndMarker, tarPadding } from '../../protocol/tar/tar-writer.ts';

export type SquashfsCompression = 'zstd' | 'lz4';

const maxMtimeSeconds = 0xffff_ffff;
const batchBytes = 256 * 1024;

/**
 * Writes a squashfs image through mksquashfs(1) as a stream. The image depends on the entries alone: not on the
 * clock, umask, locale or the number of processors. It is padded to 4096 bytes.
 *
 * What squashfs cannot hold: fractions of a second, times before 1970 or after 2106 (they become the nearest
 * it has), `system.*` attributes, and through mksquashfs attributes of the root directory itself.
 *
 * mksquashfs looks through all names of a directory for each new one: 100,000 in one take minutes (EROFS: a
 * second).
 */
export class SquashfsWriter implements RootDiskWriter {
  readonly #outPath: string;
  readonly #compression: SquashfsCompression;
  readonly #signal: AbortSignal | undefined;
  #program: Program | undefined;
  #root: RootMetadata = { uid: 0, gid: 0, mtimeSeconds: 0 };
  #batch: Uint8Array[] = [];
  #batchedBytes = 0;

  /** `outPath` must not exist. Nothing happens before the first entry. `signal` kills mksquashfs. */
  constructor(outPath: string, compression: SquashfsCompression = 'zstd', signal?: AbortSignal) {
    this.#signal = signal;
    this.#outPath = outPath;
    this.#compression = compression;
  }

  async add(entry: RootEntry, content?: AsyncIterable<Uint8Array>): Promise<void> {
    if (this.#program === undefined) {
      if (entry.path !== '')
        throw new FirstbornError('image', 'Cannot write a squashfs without a root directory');
      this.#root = { uid: entry.uid, gid: entry.gid, mtimeSeconds: clampTime(entry.mtimeSeconds) };
      const args = squashfsArguments(this.#outPath, this.#compression, entry.mode);
      this.#program = new Program('mksquashfs', args, { signal: this.#signal });
      // mksquashfs has nothing to say on stdout, but a full pipe would stop it.
      this.#program.output.resume();
      return;
    }
    await this.#write(encodeTarHeader(fitForSquashfs(entry)));
    let writtenBytes = 0;
    for await (const chunk of content ?? []) {
      writtenBytes += chunk.length;
      await this.#write(chunk);
    }
    if (writtenBytes !== entry.sizeBytes) {
      throw new FirstbornError(
        'image',
        `Cannot write "${entry.path}": it has ${writtenBytes} bytes, wanted ${entry.sizeBytes}`,
      );
    }
    await this.#write(tarPadding(writtenBytes));
  }

  async finish(): Promise<void> {
    const program = this.#program;
    if (program === undefined) throw new FirstbornError('image', 'Cannot write a squashfs without entries');
    await this.#write(tarEndMarker);
    await this.#flush();
    await program.done();
    await setSquashfsRoot(this.#outPath, this.#root);
  }

  async abort(): Promise<void> {
    await this.#program?.kill();
    await rm(this.#outPath, { force: true });
  }

  /** Small pieces are gathered: a system call for each header would cost more than the compression. */
  async #write(chunk: Uint8Array): Promise<void> {
    if (chunk.length === 0) return;
    this.#batch.push(chunk);
    this.#batchedBytes += chunk.length;
    if (this.#batchedBytes >= batchBytes) await this.#flush();
  }

  async #flush(): Promise<void> {
    const [first] = this.#batch;
    if (first === undefined) return;
    const whole = this.#batch.length === 1 ? first : Buffer.concat(this.#batch);
    this.#batch = [];
    this.#batchedBytes = 0;
    await this.#program?.write(whole);
  }
}

const compressionArguments = {
  // Higher levels cost seconds here and save a few per cent.
  zstd: ['-comp', 'zstd', '-Xcompression-level', '3'],
  lz4: ['-comp', 'lz4'],
} as const satisfies Record<SquashfsCompression, readonly string[]>;

/**
 * The command line of mksquashfs. Pure. It takes no tar entry for the root directory, and of its options for
 * one only the mode works; `-noI` leaves the inodes readable for `setSquashfsRoot`, and cheap for the guest.
 * `-no-duplicates` because the search for equal files takes quadratic time where many have the same size.
 * (sqfstar would do as well, but version 4.5 cannot read its own compression level.)
 */
export function squashfsArguments(
  outPath: string,
  compression: SquashfsCompression,
  rootMode: number,
): string[] {
  return [
    '-',
    outPath,
    '-tar',
    ...compressionArguments[compression],
    ...'-noI -no-duplicates -mkfs-time 0 -reproducible -no-progress -quiet -exit-on-error'.split(' '),
    '-root-mode',
    rootMode.toString(8),
  ];
}

function clampTime(seconds: number): number {
  return Math.min(Math.max(seconds, 0), maxMtimeSeconds);
}

function fitForSquashfs(entry: RootEntry): RootEntry {
  const xattrs = new Map([...entry.xattrs].filter(([name]) => !name.startsWith('system.')));
  return { ...entry, mtimeSeconds: clampTime(entry.mtimeSeconds), mtimeNanoseconds: 0, xattrs };
}
