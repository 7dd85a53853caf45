import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** Runs a program and returns what it printed. Throws with its messages when it fails. */
export function run(program: string, args: readonly string[], cwd?: string): string {
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], cwd });
}

const shell = (script: string, cwd: string): string => run('bash', ['-euc', script], cwd);

/** Everything that a root file system can hold, by the tools that people use. */
const firstLayer = String.raw`
mkdir -p bin etc usr/lib var/tmp deep/$(printf 'x%.0s' {1..200})/$(printf 'y%.0s' {1..200}) gone opq/old swap1
cp /bin/true bin/true
cp bin/true bin/ping && setcap cap_net_raw+ep bin/ping
cp bin/true bin/su && chown 0:4242 bin/su && chmod 6755 bin/su
chmod 1777 var/tmp && chown 70000:3000000000 var
ln -s usr/lib lib && ln -s /nowhere/at/all etc/dangling
echo one > etc/a && ln etc/a etc/a-link && ln etc/a usr/lib/a-link
mknod etc/null c 1 3 && mknod etc/disk b 259 70000 && mkfifo etc/fifo && ln etc/null etc/null-link
setfattr -n user.binary -v 0x00ff0a3d00 etc/a
setfattr -n trusted.note -v text usr && setfattr -n user.on-dir -v 0x01 usr/lib
touch "etc/new"$'\n'"line" "etc/"$'\xff\xfe'"bytes" "etc/$(printf 'n%.0s' {1..255})"
echo deep > "deep/$(printf 'x%.0s' {1..200})/$(printf 'y%.0s' {1..200})/$(printf 'z%.0s' {1..150})"
head -c 3000000 /dev/zero | tr '\0' 'q' > big && head -c 4097 /dev/urandom > random
echo x > gone/file && echo x > opq/old/file && echo x > swap1/file && echo x > swap2
truncate -s 1000000 sparse && echo tail >> sparse
find . -exec touch -h -d '2001-02-03 04:05:06.123456789 UTC' {} +
`;

const secondLayer = String.raw`
rm -r gone opq/old && mkdir opq/new && echo new > opq/new/file
rm -r swap1 && echo file > swap1 && rm swap2 && mkdir swap2 && echo y > swap2/inside
rm etc/a && echo changed > bin/plain && chmod 0700 usr && chown 5:6 usr
rm etc/dangling && ln -s true bin/sh
`;

const thirdLayer = String.raw`
echo three > etc/a && ln etc/a etc/a-new && rm -r deep && chmod 0751 . && chown 11:12 .
`;

/**
 * Builds an image of three layers with umoci in the layout directory `path` under the tag `built`. Needs root.
 */
export function buildImage(path: string, scratch: string): void {
  const image = `${path}:built`;
  run('umoci', ['init', '--layout', path]);
  run('umoci', ['new', '--image', image]);
  for (const [index, script] of [firstLayer, secondLayer, thirdLayer].entries()) {
    const bundle = join(scratch, `bundle${index}`);
    run('umoci', ['unpack', '--image', image, bundle]);
    shell(script, join(bundle, 'rootfs'));
    run('umoci', ['repack', '--image', image, bundle]);
  }
  run('umoci', ['config', '--image', image, '--config.cmd', '/bin/true', '--config.env', 'A=1']);
}

/** What umoci makes of the image: the tree to compare with. */
export function unpackWithUmoci(path: string, scratch: string): string {
  const bundle = join(scratch, 'oracle');
  run('umoci', ['unpack', '--image', `${path}:built`, bundle]);
  return join(bundle, 'rootfs');
}

/** Copies between image formats, with any policy. */
export function skopeoCopy(from: string, to: string): void {
  run('skopeo', ['copy', '--insecure-policy', '--quiet', from, to]);
}

/** Builds an image of two layers with buildah, from nothing, as an OCI archive. */
export function buildWithBuildah(archive: string, scratch: string): void {
  const storage = [
    '--storage-driver',
    'vfs',
    '--root',
    join(scratch, 'store'),
    '--runroot',
    join(scratch, 'run'),
  ];
  const buildah = (...args: string[]): string => run('buildah', [...storage, ...args]).trim();
  mkdirSync(join(scratch, 'context/bin'), { recursive: true });
  shell(
    'cp /bin/true context/bin/true && setcap cap_chown+ep context/bin/true && ln context/bin/true context/t',
    scratch,
  );
  const first = buildah('from', 'scratch');
  buildah('add', first, join(scratch, 'context'), '/');
  buildah('commit', '--quiet', first, 'base');
  const second = buildah('from', '--pull=never', 'localhost/base');
  buildah('add', '--chown', '123:456', second, join(scratch, 'context/t'), '/opt/t');
  buildah('config', '--cmd', '/bin/true', second);
  buildah('commit', '--quiet', second, `oci-archive:${archive}`);
}

/** Mounts a disk image read-only while `inspect` runs. */
export function withMounted<Result>(
  disk: string,
  directory: string,
  inspect: (root: string) => Result,
): Result {
  mkdirSync(directory, { recursive: true });
  run('mount', ['-o', 'loop,ro', disk, directory]);
  try {
    return inspect(directory);
  } finally {
    run('umount', [directory]);
  }
}
