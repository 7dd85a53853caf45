import {
  MOUNT_ATTR__ATIME,
  MOUNT_ATTR_NOATIME,
  MOUNT_ATTR_NODEV,
  MOUNT_ATTR_NODIRATIME,
  MOUNT_ATTR_NOEXEC,
  MOUNT_ATTR_NOSUID,
  MOUNT_ATTR_NOSYMFOLLOW,
  MOUNT_ATTR_RDONLY,
  MOUNT_ATTR_RELATIME,
  MOUNT_ATTR_STRICTATIME,
  MS_BIND,
  MS_DIRSYNC,
  MS_I_VERSION,
  MS_LAZYTIME,
  MS_MANDLOCK,
  MS_NOATIME,
  MS_NODEV,
  MS_NODIRATIME,
  MS_NOEXEC,
  MS_NOSUID,
  MS_NOSYMFOLLOW,
  MS_PRIVATE,
  MS_RDONLY,
  MS_REC,
  MS_RELATIME,
  MS_REMOUNT,
  MS_SHARED,
  MS_SILENT,
  MS_SLAVE,
  MS_STRICTATIME,
  MS_SYNCHRONOUS,
  MS_UNBINDABLE,
} from '../../addon/constants.ts';

/** The options of runtime-spec, config.md, "Linux mount options". The maps are made when they are first asked for. */

/** What an option does to bits: of those in `mask` just those in `on` are set from then on. */
export interface BitChange {
  mask: number;
  on: number;
}

/** Flags of mount(2): the word that sets them, the word that takes them back. */
const flagWords = (): [set: string, clear: string | undefined, flags: number][] => [
  ['bind', undefined, MS_BIND],
  ['rbind', undefined, MS_BIND | MS_REC],
  ['ro', 'rw', MS_RDONLY],
  ['nosuid', 'suid', MS_NOSUID],
  ['nodev', 'dev', MS_NODEV],
  ['noexec', 'exec', MS_NOEXEC],
  ['sync', 'async', MS_SYNCHRONOUS],
  ['remount', undefined, MS_REMOUNT],
  ['mand', 'nomand', MS_MANDLOCK],
  ['dirsync', undefined, MS_DIRSYNC],
  ['nosymfollow', 'symfollow', MS_NOSYMFOLLOW],
  ['noatime', 'atime', MS_NOATIME],
  ['nodiratime', 'diratime', MS_NODIRATIME],
  ['relatime', 'norelatime', MS_RELATIME],
  ['strictatime', 'nostrictatime', MS_STRICTATIME],
  ['lazytime', 'nolazytime', MS_LAZYTIME],
  ['iversion', 'noiversion', MS_I_VERSION],
  ['silent', 'loud', MS_SILENT],
];

/** Attributes of mount_setattr(2), for the mount and all below it. */
const attributeWords = (): [set: string, clear: string, attribute: number][] => [
  ['rro', 'rrw', MOUNT_ATTR_RDONLY],
  ['rnosuid', 'rsuid', MOUNT_ATTR_NOSUID],
  ['rnodev', 'rdev', MOUNT_ATTR_NODEV],
  ['rnoexec', 'rexec', MOUNT_ATTR_NOEXEC],
  ['rnodiratime', 'rdiratime', MOUNT_ATTR_NODIRATIME],
  ['rnosymfollow', 'rsymfollow', MOUNT_ATTR_NOSYMFOLLOW],
];

/**
 * Access times are one field of three values, which the kernel changes only as a whole. To take one back is therefore
 * to choose the kernel's own default, relatime.
 */
const accessTimeWords = (): [word: string, value: number][] => [
  ['rrelatime', MOUNT_ATTR_RELATIME],
  ['ratime', MOUNT_ATTR_RELATIME],
  ['rnostrictatime', MOUNT_ATTR_RELATIME],
  ['rnoatime', MOUNT_ATTR_NOATIME],
  ['rstrictatime', MOUNT_ATTR_STRICTATIME],
];

/** Each word's one mount(2) call of its own. */
const propagationWords = (): [word: string, flags: number][] => [
  ['private', MS_PRIVATE],
  ['rprivate', MS_PRIVATE | MS_REC],
  ['shared', MS_SHARED],
  ['rshared', MS_SHARED | MS_REC],
  ['slave', MS_SLAVE],
  ['rslave', MS_SLAVE | MS_REC],
  ['unbindable', MS_UNBINDABLE],
  ['runbindable', MS_UNBINDABLE | MS_REC],
];

function buildFlagChanges(): Map<string, BitChange> {
  const changes = new Map<string, BitChange>([['defaults', { mask: 0, on: 0 }]]);
  for (const [set, clear, flags] of flagWords()) {
    changes.set(set, { mask: flags, on: flags });
    if (clear !== undefined) changes.set(clear, { mask: flags, on: 0 });
  }
  return changes;
}

function buildAttributeChanges(): Map<string, BitChange> {
  // The kernel has no "not relatime" but the other two values, which have words of their own.
  const changes = new Map<string, BitChange>([['rnorelatime', { mask: 0, on: 0 }]]);
  for (const [set, clear, attribute] of attributeWords()) {
    changes.set(set, { mask: attribute, on: attribute });
    changes.set(clear, { mask: attribute, on: 0 });
  }
  for (const [word, value] of accessTimeWords()) changes.set(word, { mask: MOUNT_ATTR__ATIME, on: value });
  return changes;
}

let flagChanges: Map<string, BitChange> | undefined;
let attributeChanges: Map<string, BitChange> | undefined;
let propagations: Map<string, number> | undefined;

/** What an option does to the flags of mount(2); `undefined` for other options. */
export function flagChange(option: string): BitChange | undefined {
  flagChanges ??= buildFlagChanges();
  return flagChanges.get(option);
}

/** What an option does to the attributes that mount_setattr(2) sets recursively; `undefined` for other options. */
export function attributeChange(option: string): BitChange | undefined {
  attributeChanges ??= buildAttributeChanges();
  return attributeChanges.get(option);
}

/** The flags of the mount(2) call that sets this propagation; `undefined` for other options. */
export function propagationFlag(option: string): number | undefined {
  propagations ??= new Map(propagationWords());
  return propagations.get(option);
}
