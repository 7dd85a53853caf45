/** One file, directory or link of a bundle, as the config disk takes it. */
export interface BundleEntry {
  /** `hooks/start.sh`: no leading slash, no `.` or `..`. Text becomes bytes through `encodePathBytes`. */
  readonly path: string;
  readonly type: 'file' | 'directory' | 'symlink';
  /** The twelve permission bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtimeSeconds: number;
  /** Of a file. */
  readonly content?: Buffer;
  /** Of a link. */
  readonly linkTarget?: string;
}
