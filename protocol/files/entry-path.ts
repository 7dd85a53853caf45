import { encodePathBytes } from '../path-bytes.ts';
import { maxNameBytes, maxPathBytes } from '../tar/tar-limits.ts';

/**
 * The components of a name in an archive that is to be unpacked below a directory; empty for the directory
 * itself (`./`). Throws RangeError with the reason for names that lead elsewhere or that no file can have.
 */
export function splitEntryName(name: string): string[] {
  if (name === '') throw new RangeError('its name is empty');
  if (name.startsWith('/')) throw new RangeError('its name is absolute');
  if (name.includes('\0')) throw new RangeError('its name holds a NUL byte');
  if (encodePathBytes(name).length > maxPathBytes) {
    throw new RangeError(`its name is longer than ${maxPathBytes} bytes`);
  }
  const path = name.split('/').filter((component) => component !== '' && component !== '.');
  if (path.includes('..')) throw new RangeError('its name holds ".."');
  if (path.some((component) => encodePathBytes(component).length > maxNameBytes)) {
    throw new RangeError(`a part of its name is longer than ${maxNameBytes} bytes`);
  }
  return path;
}

/** The name that the archive of a copy of `path` gives its top: the last component, `''` where that names nothing. */
export function archiveNameOf(path: string): string {
  const name = path.replace(/\/+$/, '').split('/').at(-1) ?? '';
  return name === '.' || name === '..' ? '' : name;
}
