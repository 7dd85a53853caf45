import { execFileSync } from 'node:child_process';
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MachineDescription } from '../../host/vm/machine-description.ts';

export const dataDiskSerial = 'data';
const diskBytes = 64 * 1024 * 1024;

/** Makes an ext4 disk with these files in `directory` and gives its path. */
export function makeDataDisk(directory: string, files: Record<string, Uint8Array> = {}): string {
  const path = join(directory, 'data.img');
  const root = join(directory, 'data-root');
  mkdirSync(root);
  for (const [name, content] of Object.entries(files)) writeFileSync(join(root, name), content);
  writeFileSync(path, '');
  truncateSync(path, diskBytes);
  execFileSync('mkfs.ext4', ['-q', '-d', root, path], { stdio: 'ignore' });
  return path;
}

/** Gives a machine the disk, which its launch config mounts by the serial `dataDiskSerial`. */
export function withDataDisk(path: string): (description: MachineDescription) => MachineDescription {
  const disk = { path, serial: dataDiskSerial, readonly: false, format: 'raw' } as const;
  return (description) => ({ ...description, disks: [...description.disks, disk] });
}
