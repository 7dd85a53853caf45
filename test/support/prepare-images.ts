/**
 * Makes the images that the VM tests boot, with real tools, into `build/test-images/`: a busybox image by
 * umoci and a Debian root by mmdebstrap. Made once; delete the folder to make them again.
 */
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  copyFileSync,
  chmodSync,
} from 'node:fs';
import { join } from 'node:path';
import { busyboxLayout, debianTar, testImagesDir } from './test-images.ts';

const passwd = ['root:x:0:0:root:/root:/bin/sh', 'app:x:1000:1001:An app:/home/app:/bin/sh', ''].join('\n');
const group = ['root:x:0:', 'app:x:1001:', 'wheel:x:10:app', 'extra:x:2000:nobody,app', ''].join('\n');

function umoci(...args: string[]): void {
  execFileSync('umoci', args, { stdio: ['ignore', 'ignore', 'inherit'] });
}

function fillBusyboxRoot(root: string): void {
  for (const directory of ['bin', 'etc', 'root', 'home/app', 'srv']) {
    mkdirSync(join(root, directory), { recursive: true });
  }
  copyFileSync('/bin/busybox', join(root, 'bin/busybox'));
  const applets = execFileSync('/bin/busybox', ['--list'], { encoding: 'utf8' }).split('\n').filter(Boolean);
  for (const applet of applets) if (applet !== 'busybox') symlinkSync('busybox', join(root, 'bin', applet));
  writeFileSync(join(root, 'etc/passwd'), passwd);
  writeFileSync(join(root, 'etc/group'), group);
  // As many images have it: a link to the file of a service that does not run here.
  symlinkSync('../run/resolver/stub-resolv.conf', join(root, 'etc/resolv.conf'));
  writeFileSync(join(root, 'srv/not-executable'), '#!/bin/sh\n');
  chmodSync(join(root, 'srv/not-executable'), 0o644);
  writeFileSync(join(root, 'srv/no-interpreter'), '#!/bin/missing\n');
  chmodSync(join(root, 'srv/no-interpreter'), 0o755);
  writeFileSync(join(root, 'srv/not-a-program'), 'neither ELF nor script\n');
  chmodSync(join(root, 'srv/not-a-program'), 0o755);
}

/** Tags: `base`; `stop-signal` asks for SIGUSR1; `work-dir` names a directory that the image lacks. */
function makeBusyboxLayout(): void {
  const layout = `${busyboxLayout}.tmp`;
  const bundle = `${layout}.bundle`;
  for (const path of [layout, bundle]) rmSync(path, { recursive: true, force: true });
  umoci('init', '--layout', layout);
  umoci('new', '--image', `${layout}:base`);
  umoci('unpack', '--image', `${layout}:base`, bundle);
  fillBusyboxRoot(join(bundle, 'rootfs'));
  umoci('repack', '--image', `${layout}:base`, bundle);
  const env = ['PATH=/bin', 'FROM_IMAGE=image', 'OVERRIDDEN=image'].flatMap((entry) => [
    '--config.env',
    entry,
  ]);
  umoci('config', '--image', `${layout}:base`, '--config.cmd', '/bin/sh', ...env);
  umoci('config', '--image', `${layout}:base`, '--tag', 'stop-signal', '--config.stopsignal', 'SIGUSR1');
  umoci('config', '--image', `${layout}:base`, '--tag', 'work-dir', '--config.workingdir', '/made/on/start');
  rmSync(bundle, { recursive: true });
  rmSync(busyboxLayout, { recursive: true, force: true });
  renameSync(layout, busyboxLayout);
}

function makeDebianTar(): void {
  const temporary = `${debianTar}.tmp`;
  execFileSync(
    'mmdebstrap',
    [
      '--quiet',
      '--mode=root',
      '--variant=minbase',
      '--format=tar',
      '--include=python3,nginx-light,iproute2',
      '--aptopt=Acquire::Languages "none"',
      '--dpkgopt=path-exclude=/usr/share/doc/*',
      '--dpkgopt=path-exclude=/usr/share/man/*',
      'bookworm',
      temporary,
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  renameSync(temporary, debianTar);
}

mkdirSync(testImagesDir, { recursive: true });
for (const [path, make] of [
  [busyboxLayout, makeBusyboxLayout],
  [debianTar, makeDebianTar],
] as const) {
  if (existsSync(path)) continue;
  process.stderr.write(`firstborn: making the test image ${path}\n`);
  make();
}
