import { lstatSync, readdirSync, type Stats } from 'node:fs';
import { FirstbornError } from '../../protocol/errors.ts';
import type { SpecDevice } from '../../protocol/oci/runtime-spec.ts';

/** What is no device of the machine, or init's own: terminals, the console, and the port that the host speaks through. */
const skipped = /^\/dev\/(?:pts|shm|mqueue|fd|ptmx|console|hvc1|vport[^/]*)$/;

/** The numbers in a device id as makedev(3) of glibc packs them. */
export function deviceNumbers(id: number): { major: number; minor: number } {
  const wide = BigInt(id);
  return {
    major: Number(((wide >> 8n) & 0xfffn) | ((wide >> 32n) & 0xfffff000n)),
    minor: Number((wide & 0xffn) | ((wide >> 12n) & 0xffffff00n)),
  };
}

function toDevice(path: string, stats: Stats): SpecDevice[] {
  if (!stats.isCharacterDevice() && !stats.isBlockDevice()) return [];
  return [
    {
      path,
      type: stats.isBlockDevice() ? 'b' : 'c',
      ...deviceNumbers(stats.rdev),
      fileMode: stats.mode & 0o777,
      uid: stats.uid,
      gid: stats.gid,
    },
  ];
}

function findBelow(path: string): SpecDevice[] {
  return readdirSync(path)
    .map((name) => `${path}/${name}`)
    .filter((child) => !skipped.test(child))
    .toSorted()
    .flatMap((child) => {
      const stats = lstatSync(child, { throwIfNoEntry: false });
      if (stats === undefined) return [];
      return stats.isDirectory() ? findBelow(child) : toDevice(child, stats);
    });
}

/**
 * The device of the guest at `path`, or all below it when that is a directory. Throws a FirstbornError of code `config`
 * when there is none.
 */
export function findGuestDevices(path: string): SpecDevice[] {
  const plain = path.replace(/(.)\/+$/, '$1');
  const stats = lstatSync(plain, { throwIfNoEntry: false });
  const found = stats === undefined ? [] : stats.isDirectory() ? findBelow(plain) : toDevice(plain, stats);
  if (found.length === 0)
    throw new FirstbornError('config', `Cannot find a device at "${path}" in the guest`);
  return found;
}
