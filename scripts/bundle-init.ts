import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { build, type BuildOptions, type Metafile, type Plugin } from 'esbuild';
import { initramfsPaths } from '../image/initramfs/runtime-files.ts';
import { FirstbornError } from '../protocol/errors.ts';

const root = join(import.meta.dirname, '..');

/** What pino gets instead of threads. */
const noThreads = join(root, 'init/log/no-threads.ts');

/** Modules that PID 1 must not even contain: it has one reaper and one thread of JavaScript. */
const bannedBuiltins = ['child_process', 'worker_threads', 'cluster'];

/** Modules of Node's that no boot needs: each is loaded when something of it is first used. */
const lateBuiltins = ['fs/promises', 'timers/promises', 'util', 'v8'];

function checkImports(metafile: Metafile): void {
  for (const output of Object.values(metafile.outputs)) {
    for (const { path } of output.imports) {
      if (bannedBuiltins.includes(path.replace(/^node:/, ''))) {
        throw new FirstbornError('host', `Cannot bundle init: something in it imports "${path}"`);
      }
    }
  }
}

/** A module that has the functions of Node's own of that name and fetches it for the first call. */
function lateModule(name: string): string {
  const values = Object.entries(createRequire(import.meta.url)(`node:${name}`) as object);
  return values
    .filter(([key, value]) => /^[a-z]\w*$/.test(key) && typeof value === 'function')
    .map(
      ([key]) =>
        `export const ${key} = (...words) => process.getBuiltinModule('node:${name}').${key}(...words);`,
    )
    .join('\n');
}

/** A package's default export, a function, that loads the package for its first call. */
function onDemand(name: string): string {
  return `export default (...words) => require('${name}')(...words);`;
}

/** A class that nothing is an instance of. */
function absentClass(name: string): string {
  return `module.exports = class { constructor() { throw new Error('Cannot use ${name} in PID 1'); } };`;
}

/** Keeps out of the boot what belongs to later, and out of the bundle what nothing uses. */
const leaveOut: Plugin = {
  name: 'leave-out',
  setup(hooks) {
    const late = new RegExp(`^node:(${lateBuiltins.join('|')})$`);
    hooks.onResolve({ filter: late }, ({ path, kind }) =>
      kind === 'import-statement' || kind === 'require-call'
        ? { path: path.slice('node:'.length), namespace: 'late' }
        : undefined,
    );
    hooks.onLoad({ filter: /./, namespace: 'late' }, ({ path }) => ({
      contents: lateModule(path),
      loader: 'js',
    }));
    // Most boots have nothing to log.
    hooks.onResolve({ filter: /^pino$/ }, ({ path, namespace }) =>
      namespace === 'on-demand' ? undefined : { path, namespace: 'on-demand' },
    );
    hooks.onLoad({ filter: /./, namespace: 'on-demand' }, ({ path }) => ({
      contents: onDemand(path),
      loader: 'js',
      resolveDir: root,
    }));
    // pino's own stream to a file: init gives it another, and what this one loads takes longer than all of pino.
    hooks.onResolve({ filter: /^sonic-boom$/ }, ({ path }) => ({ path, namespace: 'absent' }));
    hooks.onLoad({ filter: /./, namespace: 'absent' }, ({ path }) => ({
      contents: absentClass(path),
      loader: 'js',
    }));
    // Threads again: a transport of pino's is a program in one.
    hooks.onResolve({ filter: /^\.\/(lib\/)?transport$/ }, ({ importer }) =>
      /[/\\]node_modules[/\\]pino[/\\]/.test(importer) ? { path: noThreads } : undefined,
    );
    // Modules of this project do nothing when they are loaded: one of which nothing is used can go.
    hooks.onResolve({ filter: /^\.\.?\/.*\.ts$/ }, ({ path, resolveDir, kind }) =>
      kind === 'import-statement' ? { path: join(resolveDir, path), sideEffects: false } : undefined,
    );
  },
};

const common = {
  bundle: true,
  platform: 'node' as const,
  target: 'node26',
  // CommonJS starts sooner.
  format: 'cjs' as const,
  // The bundle is read as Latin-1, which takes no decoding.
  charset: 'ascii' as const,
  legalComments: 'none' as const,
  minifySyntax: true,
  metafile: true,
  write: false,
  logLevel: 'warning' as const,
  alias: {
    'thread-stream': noThreads,
    worker_threads: noThreads,
    'on-exit-leak-free': noThreads,
  },
  plugins: [leaveOut],
  absWorkingDir: root,
} satisfies BuildOptions;

async function writeChanged(outPath: string, bytes: Uint8Array): Promise<void> {
  const present = await readFile(outPath).catch(() => undefined);
  if (present?.equals(bytes) !== true) await writeFile(outPath, bytes, { mode: 0o755 });
}

async function bundle(options: BuildOptions, outPath: string): Promise<void> {
  const result = await build({ ...common, ...options, outfile: outPath, write: false, metafile: true });
  checkImports(result.metafile);
  await writeChanged(outPath, result.outputFiles[0]?.contents ?? new Uint8Array());
}

/**
 * Bundles init and everything it imports into one script, whose value is the function of a CommonJS module. Bundling
 * takes a tenth of a second, so it is done each time; the file is only written when its bytes change.
 */
export async function bundleInit(options: { entryPath: string; outPath: string }): Promise<void> {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  await bundle(
    {
      entryPoints: [options.entryPath],
      banner: { js: '(function (exports, require) { const module = { exports };' },
      footer: { js: 'Object.assign(exports, module.exports); })' },
      define: { FIRSTBORN_VERSION: JSON.stringify(version) },
    },
    options.outPath,
  );
}

/** Bundles a program that the kernel runs as a script of Node's. */
export async function bundleProgram(options: { entryPath: string; outPath: string }): Promise<void> {
  // Node skips the first line.
  await bundle(
    { entryPoints: [options.entryPath], banner: { js: `#!/${initramfsPaths.node} --v8-pool-size=1` } },
    options.outPath,
  );
}
