import {
  MOUNT_ATTR_NODEV,
  MOUNT_ATTR_NOEXEC,
  MOUNT_ATTR_NOSUID,
  MS_NODEV,
  MS_NOEXEC,
  MS_NOSUID,
} from '../../addon/constants.ts';
import type { SpecMount } from '../../protocol/oci/runtime-spec.ts';
import { attributeChange, flagChange, propagationFlag } from './mount-option-table.ts';
import { refuseValue } from './refuse-value.ts';

export interface ParsedMountOptions {
  /** MS_* bits for mount(2). */
  flags: number;
  /** MS_* bits that an option has taken back: a bind mount must not keep them from its source. */
  clearedFlags: number;
  /** MS_* bits of mount(2) calls that set nothing but the propagation, in order. */
  propagation: number[];
  /** MOUNT_ATTR_* bits for mount_setattr(2) with AT_RECURSIVE. Both are 0 when no option asks for it. */
  recursive: { set: number; clear: number };
  /** What the filesystem itself is told. */
  data: string;
  /** A tmpfs is to start with what lies at its mount point (an extension of runc). */
  tmpCopyUp: boolean;
  /** A mount with mapped ids, of itself or of all below it. */
  idmap: 'idmap' | 'ridmap' | undefined;
  /** The source is a file that a loop device is to show as a disk. */
  loop: boolean;
}

function applyFlag(parsed: ParsedMountOptions, option: string): boolean {
  const change = flagChange(option);
  if (change === undefined) return false;
  parsed.flags = (parsed.flags & ~change.mask) | change.on;
  parsed.clearedFlags = (parsed.clearedFlags & ~change.on) | (change.mask & ~change.on);
  return true;
}

function applyAttribute({ recursive }: ParsedMountOptions, option: string): boolean {
  const change = attributeChange(option);
  if (change === undefined) return false;
  const { mask, on } = change;
  recursive.set = (recursive.set & ~mask) | on;
  // A single bit that is set need not be cleared; of a field of several bits all must be (mount_setattr(2)).
  recursive.clear = (recursive.clear & ~mask) | (mask === on ? 0 : mask);
  return true;
}

function applyPropagation({ propagation }: ParsedMountOptions, option: string): boolean {
  const flags = propagationFlag(option);
  if (flags === undefined) return false;
  propagation.push(flags);
  return true;
}

function applySpecial(parsed: ParsedMountOptions, option: string): boolean {
  switch (option) {
    case 'tmpcopyup':
      parsed.tmpCopyUp = true;
      return true;
    case 'idmap':
    case 'ridmap':
      parsed.idmap = option;
      return true;
    case 'loop':
      parsed.loop = true;
      return true;
    default:
      return false;
  }
}

/** No option of the table has a value, so the tables need not be asked about (or made for) one that has. */
const isForFilesystem = (option: string, parsed: ParsedMountOptions): boolean =>
  option.includes('=') ||
  !(
    applyFlag(parsed, option) ||
    applyPropagation(parsed, option) ||
    applyAttribute(parsed, option) ||
    applySpecial(parsed, option)
  );

/**
 * Sorts the options of a mount (runtime-spec, config.md, "Linux mount options") by who carries them out; what is not
 * known goes to the filesystem (RO 13). Of options that contradict each other the last one wins. Pure.
 */
export function parseMountOptions(options: readonly string[]): ParsedMountOptions {
  const parsed: ParsedMountOptions = {
    flags: 0,
    clearedFlags: 0,
    propagation: [],
    recursive: { set: 0, clear: 0 },
    data: '',
    tmpCopyUp: false,
    idmap: undefined,
    loop: false,
  };
  const data = options.filter((option) => option !== '' && isForFilesystem(option, parsed));
  parsed.data = data.join(',');
  return parsed;
}

/**
 * The mount(2) flags that give a root the propagation `linux.rootfsPropagation`: none or one call. Throws a
 * FirstbornError for a word that is none of the eight. Pure.
 */
export function propagationFlags(rootfsPropagation: string | undefined): number[] {
  if (rootfsPropagation === undefined || rootfsPropagation === '') return [];
  const flags = propagationFlag(rootfsPropagation);
  if (flags === undefined) {
    refuseValue(
      'linux.rootfsPropagation',
      `expected a propagation such as "rprivate", got "${rootfsPropagation}"`,
    );
  }
  return [flags];
}

const pseudoFilesystems = new Set(['proc', 'sysfs']);
const protections: [option: string, flag: number, attribute: number][] = [
  ['nosuid', MS_NOSUID, MOUNT_ATTR_NOSUID],
  ['nodev', MS_NODEV, MOUNT_ATTR_NODEV],
  ['noexec', MS_NOEXEC, MOUNT_ATTR_NOEXEC],
];

/**
 * proc and sysfs are always nosuid, nodev and noexec (RO 14). `added` names the options that were missing or taken
 * back by others, for a warning. Gives the same mount when there is nothing to add. Pure.
 */
export function hardenPseudoMount(mount: SpecMount): { mount: SpecMount; added: string[] } {
  const options = mount.options ?? [];
  const isBind = options.includes('bind') || options.includes('rbind');
  if (isBind || !pseudoFilesystems.has(mount.type ?? '')) return { mount, added: [] };
  const { flags, recursive } = parseMountOptions(options);
  const added = protections.flatMap(([option, flag, attribute]) => [
    ...((flags & flag) === 0 ? [option] : []),
    ...((recursive.clear & attribute) === 0 ? [] : [`r${option}`]),
  ]);
  return { mount: added.length === 0 ? mount : { ...mount, options: [...options, ...added] }, added };
}
