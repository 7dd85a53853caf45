import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build, type Metafile } from 'esbuild';
import { FirstbornError } from '../protocol/errors.ts';
import { initramfsPaths } from '../image/initramfs/runtime-files.ts';

const root = join(import.meta.dirname, '..');

/** What pino gets instead of threads. */
const noThreads = join(root, 'init/log/no-threads.ts');

/** Modules that PID 1 must not even contain: it has one reaper and one thread of JavaScript. */
const bannedBuiltins = ['child_process', 'worker_threads', 'cluster'];

function checkImports(metafile: Metafile): void {
  for (const output of Object.values(metafile.outputs)) {
    for (const { path } of output.imports) {
      if (bannedBuiltins.includes(path.replace(/^node:/, ''))) {
        throw new FirstbornError('host', `Cannot bundle init: something in it imports "${path}"`);
      }
    }
  }
}

/**
 * Bundles init and everything it imports into one file that the kernel can run as /init. Bundling takes a
 * tenth of a second, so it is done each time; the file is only written when its bytes change.
 */
export async function bundleInit(options: { entryPath: string; outPath: string }): Promise<void> {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  const result = await build({
    entryPoints: [options.entryPath],
    outfile: options.outPath,
    bundle: true,
    platform: 'node',
    target: 'node26',
    // A file without an ending is CommonJS to Node, and CommonJS starts sooner.
    format: 'cjs',
    // The kernel runs /init as a script; Node skips the line.
    banner: { js: `#!/${initramfsPaths.node}` },
    define: { FIRSTBORN_VERSION: JSON.stringify(version) },
    alias: { 'thread-stream': noThreads, worker_threads: noThreads },
    legalComments: 'none',
    minifySyntax: true,
    metafile: true,
    write: false,
    logLevel: 'warning',
    absWorkingDir: root,
  });
  checkImports(result.metafile);
  const bundle = Buffer.from(result.outputFiles[0]?.contents ?? []);
  const present = await readFile(options.outPath).catch(() => undefined);
  if (present?.equals(bundle) !== true) await writeFile(options.outPath, bundle, { mode: 0o755 });
}
