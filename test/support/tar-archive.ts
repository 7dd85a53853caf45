import {
  encodeTarHeader,
  type TarHeaderEntry,
  tarEndMarker,
  tarPadding,
} from '../../protocol/tar/tar-writer.ts';

/** One entry of an archive that a test writes by hand; what is left out is ordinary. */
export interface ArchiveEntry extends Partial<Omit<TarHeaderEntry, 'sizeBytes'>> {
  path: string;
  content?: string;
}

/** An archive of these entries, however senseless or hostile they are. */
export function tarArchive(entries: readonly ArchiveEntry[]): Buffer {
  const pieces = entries.flatMap(({ content = '', ...entry }) => {
    const bytes = Buffer.from(content);
    const header = encodeTarHeader({
      type: 'file',
      mode: 0o644,
      uid: 0,
      gid: 0,
      mtimeSeconds: 0,
      mtimeNanoseconds: 0,
      xattrs: new Map(),
      ...entry,
      sizeBytes: bytes.length,
    });
    return [header, bytes, tarPadding(bytes.length)];
  });
  return Buffer.concat([...pieces, tarEndMarker]);
}
