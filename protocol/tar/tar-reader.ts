import { type ErrorCode, FirstbornError } from '../errors.ts';
import { maxTarExtensionBytes } from './tar-limits.ts';
import { decodePathBytes } from '../path-bytes.ts';
import type { ByteSource } from './byte-source.ts';
import { decodePaxRecords, type PaxRecord } from './pax.ts';
import {
  checkSparseMap,
  fillHoles,
  readInlineSparse,
  readOldGnuSparse,
  recognisePaxSparse,
  type SparseMap,
} from './sparse.ts';
import {
  applyPaxRecords,
  type EntryFields,
  entryTypeOf,
  fieldsFromHeader,
  type TarEntry,
  unknownTypeError,
} from './tar-entry.ts';
import { decodeTarHeader, tarBlockBytes, type TarHeader } from './tar-header.ts';

/** What extension headers said about the entry that follows them. */
interface Extensions {
  records: PaxRecord[];
  lengthBytes: number;
  longName: string | undefined;
  longLinkName: string | undefined;
}

export interface TarReaderOptions {
  /** Names the archive in messages: `layer "sha256:…"`. */
  archive: string;
  /** Refuse an archive without its end marker. For input that no digest protects from being cut short. */
  requireEndMarker?: boolean;
  /** Of the errors: whose archive it is. Default `image`. */
  errorCode?: ErrorCode;
}

/**
 * Reads a tar archive entry by entry: POSIX pax, ustar, v7 and GNU with long names and sparse files. Every
 * failure is a FirstbornError that names the archive.
 */
export class TarReader {
  readonly #source: ByteSource;
  readonly #options: TarReaderOptions;
  #globalRecords: PaxRecord[] = [];
  #globalBytes = 0;
  /** Where in the archive the reader is, for messages. */
  #place = 'before its first entry';
  /** The last entry's, quoted. */
  #name = '';
  #entryCount = 0;
  #unreadBytes = 0;
  #paddingBytes = 0;
  #hasEnded = false;

  constructor(source: ByteSource, options: TarReaderOptions) {
    this.#source = source;
    this.#options = options;
  }

  /** The next entry, or `undefined` at the end of the archive. */
  async next(): Promise<TarEntry | undefined> {
    if (this.#hasEnded) return undefined;
    await this.#passContent();
    try {
      return await this.#readEntry();
    } catch (error) {
      if (error instanceof RangeError) throw this.#error(`${error.message}, ${this.#place}`);
      throw error;
    }
  }

  async #readEntry(): Promise<TarEntry | undefined> {
    const extensions: Extensions = {
      records: [],
      lengthBytes: 0,
      longName: undefined,
      longLinkName: undefined,
    };
    for (;;) {
      const found = await this.#readHeader();
      if (found === undefined) return undefined;
      const { block, header } = found;
      switch (header.typeFlag) {
        case 'x':
          addRecords(extensions.records, await this.#readOwnExtension(header, extensions));
          break;
        case 'g':
          this.#globalBytes += header.sizeBytes;
          addRecords(this.#globalRecords, await this.#readExtension(header, this.#globalBytes));
          break;
        case 'L':
          extensions.longName = trimNul(await this.#readOwnExtension(header, extensions));
          break;
        case 'K':
          extensions.longLinkName = trimNul(await this.#readOwnExtension(header, extensions));
          break;
        case 'V': // a volume's label
          break;
        default:
          return this.#buildEntry(block, header, extensions);
      }
    }
  }

  async #buildEntry(block: Buffer, header: TarHeader, extensions: Extensions): Promise<TarEntry> {
    const type = entryTypeOf(header);
    if (type === undefined) throw unknownTypeError(this.#options.archive, this.#errorCode, header);
    const records = [...this.#globalRecords, ...extensions.records];
    const fields = fieldsFromHeader(header);
    if (extensions.longName !== undefined) fields.name = extensions.longName;
    if (extensions.longLinkName !== undefined) fields.linkName = extensions.longLinkName;
    this.#place = `at entry ${JSON.stringify(fields.name)}`;
    applyPaxRecords(fields, header, records);
    // As in Go's archive/tar: only files have data, whatever size an odd writer put on a link.
    const storedBytes = type === 'file' ? fields.storedBytes : 0;
    if (storedBytes < 0) throw new RangeError('a header has a negative size');
    this.#unreadBytes = storedBytes;
    const sparse = type === 'file' ? await this.#readSparse(block, header, fields, records) : undefined;
    this.#paddingBytes = -storedBytes & (tarBlockBytes - 1);
    this.#name = JSON.stringify(fields.name);
    this.#place = `after entry ${this.#name}`;
    return {
      index: this.#entryCount++,
      name: fields.name,
      type,
      mode: header.mode,
      uid: fields.uid,
      gid: fields.gid,
      mtimeSeconds: fields.mtimeSeconds,
      mtimeNanoseconds: fields.mtimeNanoseconds,
      sizeBytes: sparse?.realSizeBytes ?? storedBytes,
      isSparse: sparse !== undefined,
      linkName: fields.linkName,
      devMajor: header.devMajor,
      devMinor: header.devMinor,
      xattrs: fields.xattrs,
      content: () => (sparse === undefined ? this.#content() : fillHoles(this.#content(), sparse)),
    };
  }

  async #readSparse(
    block: Buffer,
    header: TarHeader,
    fields: EntryFields,
    records: readonly PaxRecord[],
  ): Promise<SparseMap | undefined> {
    if (header.typeFlag === 'S') return readOldGnuSparse(block, this.#source, this.#unreadBytes);
    const sparse = recognisePaxSparse(records);
    if (sparse.state === 'none') return undefined;
    if (sparse.name !== undefined) fields.name = sparse.name;
    if (sparse.state === 'mapped') {
      return checkSparseMap(sparse.numbers, sparse.realSizeBytes, this.#unreadBytes);
    }
    const { map, takenBytes } = await readInlineSparse(this.#source, this.#unreadBytes, sparse.realSizeBytes);
    this.#unreadBytes -= takenBytes;
    return map;
  }

  /** The next header block; `undefined` at the end marker or a clean end of input. */
  async #readHeader(): Promise<{ block: Buffer; header: TarHeader } | undefined> {
    const block = await this.#source.read(tarBlockBytes);
    if (block.length === 0) {
      if (this.#options.requireEndMarker === true) throw new RangeError('it ends without an end marker');
      this.#hasEnded = true;
      return undefined;
    }
    if (block.length < tarBlockBytes) throw new RangeError('it ends inside a header');
    const decoded = decodeTarHeader(block);
    if (decoded.state === 'invalid') throw new RangeError(decoded.reason);
    if (decoded.state === 'zero') {
      await this.#readEndMarker();
      return undefined;
    }
    return { block, header: decoded.header };
  }

  /** The marker is two blocks of zeros; the second may be missing at the end of the input. */
  async #readEndMarker(): Promise<void> {
    const second = await this.#source.read(tarBlockBytes);
    if (second.some((byte) => byte !== 0)) throw new RangeError('a lone block of zeros is inside it');
    this.#hasEnded = true;
  }

  #readOwnExtension(header: TarHeader, extensions: Extensions): Promise<Buffer> {
    extensions.lengthBytes += header.sizeBytes;
    return this.#readExtension(header, extensions.lengthBytes);
  }

  /** `totalBytes` counts the headers of the same reach before it: any number of them may come in a row. */
  async #readExtension(header: TarHeader, totalBytes: number): Promise<Buffer> {
    if (header.sizeBytes < 0 || totalBytes > maxTarExtensionBytes) {
      throw new RangeError(`its extension headers are longer than ${maxTarExtensionBytes} bytes`);
    }
    const paddedBytes = Math.ceil(header.sizeBytes / tarBlockBytes) * tarBlockBytes;
    const bytes = await this.#source.read(paddedBytes);
    if (bytes.length < paddedBytes) throw new RangeError('it ends inside an extension header');
    return Buffer.from(bytes.subarray(0, header.sizeBytes));
  }

  async *#content(): AsyncGenerator<Buffer> {
    while (this.#unreadBytes > 0) {
      const piece = await this.#source.readSome(this.#unreadBytes);
      if (piece.length === 0) throw this.#error(`it ends inside the content of entry ${this.#name}`);
      this.#unreadBytes -= piece.length;
      yield piece;
    }
  }

  async #passContent(): Promise<void> {
    const leftBytes = this.#unreadBytes + this.#paddingBytes;
    const passedBytes = leftBytes === 0 ? 0 : await this.#source.skip(leftBytes);
    if (passedBytes < leftBytes) throw this.#error(`it ends inside the content of entry ${this.#name}`);
    this.#unreadBytes = 0;
    this.#paddingBytes = 0;
  }

  get #errorCode(): ErrorCode {
    return this.#options.errorCode ?? 'image';
  }

  #error(reason: string): FirstbornError {
    return new FirstbornError(this.#errorCode, `Cannot read ${this.#options.archive}: ${reason}`);
  }
}

/** One by one: a header may hold more records than a call may have arguments. */
function addRecords(records: PaxRecord[], bytes: Buffer): void {
  for (const record of decodePaxRecords(bytes)) records.push(record);
}

function trimNul(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return decodePathBytes(end === -1 ? bytes : bytes.subarray(0, end));
}
