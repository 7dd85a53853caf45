import { maxSparseSegments } from './tar-limits.ts';
import type { ByteSource } from './byte-source.ts';
import type { PaxRecord } from './pax.ts';
import { decodeTarNumber, tarBlockBytes } from './tar-header.ts';

/** A stretch of a sparse file that the archive holds; everything between is zero. */
export interface SparseSegment {
  readonly offsetBytes: number;
  readonly lengthBytes: number;
}

/** Where the data of a sparse file belongs. The formats are GNU tar's: its manual, "Sparse Formats". */
export interface SparseMap {
  readonly segments: readonly SparseSegment[];
  /** Length of the file with its holes. */
  readonly realSizeBytes: number;
}

const oldEntryBytes = 24;

/**
 * Reads the map of an old GNU sparse entry (type `S`): four segments in the header, 21 in each block that
 * follows. Throws RangeError when it makes no sense.
 */
export async function readOldGnuSparse(
  header: Buffer,
  source: ByteSource,
  storedBytes: number,
): Promise<SparseMap> {
  const numbers = decodeOldEntries(header, 386, 4);
  let isExtended = header[482] === 1;
  while (isExtended) {
    const block = await source.read(tarBlockBytes);
    if (block.length < tarBlockBytes) throw new RangeError('it ends inside a sparse map');
    numbers.push(...decodeOldEntries(block, 0, 21));
    isExtended = block[504] === 1;
    if (numbers.length / 2 > maxSparseSegments) break;
  }
  return checkSparseMap(numbers, decodeTarNumber(header, 483, 12), storedBytes);
}

function decodeOldEntries(block: Buffer, offset: number, count: number): number[] {
  const numbers: number[] = [];
  for (let index = 0; index < count; index++) {
    const start = offset + index * oldEntryBytes;
    if (block[start] === 0) break;
    numbers.push(decodeTarNumber(block, start, 12), decodeTarNumber(block, start + 12, 12));
  }
  return numbers;
}

/** What the pax records of one entry say about sparseness. */
export type PaxSparse =
  | { state: 'none' }
  /** Formats 0.0 and 0.1: the map is in the header. */
  | { state: 'mapped'; numbers: number[]; realSizeBytes: number; name: string | undefined }
  /** Format 1.0: the map comes before the data. */
  | { state: 'inline'; realSizeBytes: number; name: string | undefined };

/** Recognises sparse formats 0.0, 0.1 and 1.0. Throws RangeError for others. */
export function recognisePaxSparse(records: readonly PaxRecord[]): PaxSparse {
  const texts = new Map<string, string>();
  const repeated: string[] = [];
  for (const { key, value } of records) {
    if (!key.startsWith('GNU.sparse.')) continue;
    const text = value.toString('utf8');
    texts.set(key.slice('GNU.sparse.'.length), text);
    if (key === 'GNU.sparse.offset' || key === 'GNU.sparse.numbytes') repeated.push(text);
  }
  if (texts.size === 0) return { state: 'none' };
  const name = texts.get('name');
  const realSizeBytes = decodeDecimal(texts.get('realsize') ?? texts.get('size') ?? '');
  if (texts.has('major')) {
    const version = `${texts.get('major')}.${texts.get('minor')}`;
    if (version !== '1.0') throw new RangeError(`a sparse file has the unknown format "${version}"`);
    return { state: 'inline', realSizeBytes, name };
  }
  const map = texts.get('map');
  const numbers = (map === undefined ? repeated : map.split(',').filter(Boolean)).map(decodeDecimal);
  return { state: 'mapped', numbers, realSizeBytes, name };
}

/** Reads the map of format 1.0 from the front of the data. Resolves also to how many bytes it took. */
export async function readInlineSparse(
  source: ByteSource,
  storedBytes: number,
  realSizeBytes: number,
): Promise<{ map: SparseMap; takenBytes: number }> {
  let text = '';
  let takenBytes = 0;
  let wantedLines = 1;
  while (text.split('\n').length - 1 < wantedLines) {
    const block =
      takenBytes + tarBlockBytes > storedBytes ? Buffer.alloc(0) : await source.read(tarBlockBytes);
    if (block.length < tarBlockBytes) throw new RangeError('it ends inside a sparse map');
    takenBytes += tarBlockBytes;
    text += block.toString('latin1');
    if (wantedLines === 1 && text.includes('\n')) {
      wantedLines = 1 + 2 * decodeDecimal(text.slice(0, text.indexOf('\n')));
    }
    if (wantedLines > 1 + 2 * maxSparseSegments || takenBytes > maxSparseSegments * 48) {
      throw new RangeError(`a sparse file has more than ${maxSparseSegments} segments`);
    }
  }
  const numbers = text.split('\n').slice(1, wantedLines).map(decodeDecimal);
  return { map: checkSparseMap(numbers, realSizeBytes, storedBytes - takenBytes), takenBytes };
}

/** Pairs the numbers up and checks order, bounds and that the stored bytes are all used. */
export function checkSparseMap(
  numbers: readonly number[],
  realSizeBytes: number,
  storedBytes: number,
): SparseMap {
  if (numbers.length % 2 !== 0) throw new RangeError('a sparse map has an odd number of numbers');
  if (numbers.length / 2 > maxSparseSegments) {
    throw new RangeError(`a sparse file has more than ${maxSparseSegments} segments`);
  }
  const segments: SparseSegment[] = [];
  let endBytes = 0;
  let usedBytes = 0;
  for (let index = 0; index < numbers.length; index += 2) {
    const offsetBytes = numbers[index] ?? 0;
    const lengthBytes = numbers[index + 1] ?? 0;
    if (offsetBytes < endBytes) throw new RangeError('a sparse map is out of order');
    endBytes = offsetBytes + lengthBytes;
    usedBytes += lengthBytes;
    segments.push({ offsetBytes, lengthBytes });
  }
  if (endBytes > realSizeBytes) throw new RangeError('a sparse map goes beyond the end of its file');
  if (usedBytes !== storedBytes) throw new RangeError('a sparse map does not fit the data');
  return { segments, realSizeBytes };
}

function decodeDecimal(text: string): number {
  const number = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(number))
    throw new RangeError(`a sparse map has "${text}" where a number belongs`);
  return number;
}

const zeros = Buffer.alloc(64 * 1024);

/** Yields the file with its holes filled. `stored` yields the data that the archive has. */
export async function* fillHoles(stored: AsyncIterable<Buffer>, map: SparseMap): AsyncGenerator<Buffer> {
  let positionBytes = 0;
  let index = 0;
  let leftBytes = 0;
  for await (let chunk of stored) {
    while (chunk.length > 0) {
      while (leftBytes === 0) {
        const segment = map.segments[index++];
        if (segment === undefined) return;
        yield* zeroBytes(segment.offsetBytes - positionBytes);
        positionBytes = segment.offsetBytes + segment.lengthBytes;
        leftBytes = segment.lengthBytes;
      }
      const piece = chunk.subarray(0, leftBytes);
      leftBytes -= piece.length;
      chunk = chunk.subarray(piece.length);
      yield piece;
    }
  }
  yield* zeroBytes(map.realSizeBytes - positionBytes);
}

function* zeroBytes(lengthBytes: number): Generator<Buffer> {
  for (let left = lengthBytes; left > 0; left -= zeros.length)
    yield zeros.subarray(0, Math.min(left, zeros.length));
}
