import { cp, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DiskDescription } from '../../host/vm/machine-description.ts';
import { buildStep } from '../../scripts/build-step.ts';
import { benchBuildDir, runProgram } from '../machine/programs.ts';

const filesDir = join(import.meta.dirname, 'files/systemd');

/** Where the files of a Debian with systemd and one service go. */
const destinations: Record<string, string> = {
  'image.mount': 'etc/systemd/system',
  'newroot.mount': 'etc/systemd/system',
  'workload.service': 'etc/systemd/system',
  '10-card.network': 'etc/systemd/network',
  'overlay.conf': 'etc/tmpfiles.d',
};
const enabled = ['systemd-networkd', 'systemd-networkd-wait-online', 'workload'];
/** Nobody logs in. */
const masked = [
  'getty@tty1.service',
  'serial-getty@ttyS0.service',
  'apt-daily.timer',
  'apt-daily-upgrade.timer',
];

async function installDebian(outPath: string): Promise<void> {
  const temporaryPath = `${outPath}.tmp`;
  await runProgram('mmdebstrap', [
    '--quiet',
    '--mode=root',
    '--variant=minbase',
    '--format=tar',
    '--include=systemd-sysv,udev,dbus',
    '--aptopt=Acquire::Languages "none"',
    '--dpkgopt=path-exclude=/usr/share/doc/*',
    '--dpkgopt=path-exclude=/usr/share/man/*',
    'bookworm',
    temporaryPath,
  ]);
  await rename(temporaryPath, outPath);
}

async function writeDisk(outPath: string, debianTar: string): Promise<void> {
  const root = `${outPath}.root`;
  const temporaryPath = `${outPath}.tmp`;
  for (const path of [root, temporaryPath]) await rm(path, { recursive: true, force: true });
  await mkdir(root);
  await runProgram('tar', ['--extract', '--numeric-owner', '--file', debianTar, '--directory', root]);
  for (const [name, directory] of Object.entries(destinations)) {
    await mkdir(join(root, directory), { recursive: true });
    await cp(join(filesDir, name), join(root, directory, name));
  }
  for (const name of ['image', 'newroot']) await mkdir(join(root, name));
  await runProgram('chroot', [root, 'systemctl', 'set-default', 'multi-user.target']);
  await runProgram('chroot', [root, 'systemctl', 'enable', ...enabled]);
  await runProgram('chroot', [root, 'systemctl', 'mask', ...masked]);
  await runProgram('mksquashfs', [root, temporaryPath, '-quiet', '-no-progress', '-comp', 'zstd']);
  await rename(temporaryPath, outPath);
  await rm(root, { recursive: true });
}

/** A disk with a minimal Debian whose systemd has the workload as its one service. Made once. */
export async function systemdDisk(): Promise<DiskDescription> {
  const outPath = join(benchBuildDir, 'systemd.squashfs');
  await mkdir(benchBuildDir, { recursive: true });
  const debianTar = join(benchBuildDir, 'systemd.tar');
  await buildStep({
    what: 'installing a Debian with systemd',
    outPath: debianTar,
    inputs: [import.meta.filename],
    run: () => installDebian(debianTar),
  });
  const files = (await readdir(filesDir)).toSorted().map((name) => join(filesDir, name));
  await buildStep({
    what: 'writing the disk of systemd',
    outPath,
    inputs: [...files, debianTar, import.meta.filename],
    run: () => writeDisk(outPath, debianTar),
  });
  return { path: outPath, serial: 'bench-systemd', readonly: true, format: 'raw' };
}
