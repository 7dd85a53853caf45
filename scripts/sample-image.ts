/**
 * Writes the sample image of `npm start`: an OCI layout with Debian's static busybox in one layer. Run as
 * `sample-image.ts DIRECTORY`.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { execFileSync } from 'node:child_process';
import tar from 'tar-stream';
import { buildStep } from './build-step.ts';

const busyboxPath = '/bin/busybox';

/** What the sample shows of the machine it runs in. */
const showMachine = [
  'echo "Hello from $(uname -srm), host $(hostname)"',
  'echo "I am pid $$, user $(id -u), in $(pwd)"',
  'echo',
  'echo "Mounts:"',
  `awk '{ printf "  %-16s %-8s %s\\n", $2, $3, substr($4, 1, 60) }' /proc/mounts`,
  'echo',
  'echo "Addresses:"',
  `ip -o addr | awk '{ printf "  %-6s %s\\n", $2, $4 }'`,
].join('\n');

async function busyboxLayer(): Promise<Buffer> {
  const pack = tar.pack();
  const mtime = new Date(0);
  const content = buffer(pack);
  for (const [name, mode] of [
    ['bin/', 0o755],
    ['etc/', 0o755],
    ['root/', 0o700],
    ['tmp/', 0o1777],
  ] as const) {
    pack.entry({ name, type: 'directory', mode, mtime });
  }
  pack.entry(
    { name: 'etc/passwd', mode: 0o644, mtime },
    'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n',
  );
  pack.entry({ name: 'etc/group', mode: 0o644, mtime }, 'root:x:0:\nnogroup:x:65534:\n');
  pack.entry({ name: 'bin/busybox', mode: 0o755, mtime }, await readFile(busyboxPath));
  const applets = execFileSync(busyboxPath, ['--list'], { encoding: 'utf8' }).split('\n').filter(Boolean);
  for (const applet of applets.filter((name) => name !== 'busybox')) {
    pack.entry({ name: `bin/${applet}`, type: 'symlink', linkname: 'busybox', mode: 0o777, mtime });
  }
  pack.finalize();
  return content;
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Writes the OCI layout (image-spec, image-layout.md) into a new directory at `outDir`. */
export async function writeSampleImage(outDir: string): Promise<void> {
  await rm(outDir, { recursive: true, force: true });
  const blobs = join(outDir, 'blobs/sha256');
  await mkdir(blobs, { recursive: true });
  const addBlob = async (mediaType: string, bytes: Uint8Array): Promise<object> => {
    await writeFile(join(blobs, sha256(bytes)), bytes);
    return { mediaType, digest: `sha256:${sha256(bytes)}`, size: bytes.length };
  };
  const addJson = (mediaType: string, value: object): Promise<object> =>
    addBlob(mediaType, Buffer.from(JSON.stringify(value)));

  const layer = await busyboxLayer();
  const config = await addJson('application/vnd.oci.image.config.v1+json', {
    architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
    os: 'linux',
    config: { Env: ['PATH=/bin'], Cmd: ['/bin/sh', '-c', showMachine], WorkingDir: '/root' },
    rootfs: { type: 'layers', diff_ids: [`sha256:${sha256(layer)}`] },
  });
  const manifest = await addJson('application/vnd.oci.image.manifest.v1+json', {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config,
    layers: [await addBlob('application/vnd.oci.image.layer.v1.tar+gzip', gzipSync(layer))],
  });
  await writeFile(join(outDir, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  await writeFile(join(outDir, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [manifest] }));
}

if (import.meta.main) {
  const [outDir] = process.argv.slice(2);
  if (outDir === undefined) {
    process.stderr.write('firstborn: cannot write the sample image: expected a directory\n');
    process.exit(125);
  }
  // Only when it is missing or was made from something else: another run may be reading it.
  await buildStep({
    what: 'making the sample image',
    outPath: join(outDir, 'index.json'),
    inputs: [busyboxPath, import.meta.filename],
    run: () => writeSampleImage(outDir),
  });
}
