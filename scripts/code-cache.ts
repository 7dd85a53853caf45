/**
 * Writes what V8 compiles of init's bundle: `code-cache.ts BUNDLE OUTPUT`. Runs in a process of its own, so that nothing
 * but the bundle is compiled in it, with the Node that will read the cache: another version refuses it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Script } from 'node:vm';
import { bundlePath as guestBundlePath } from '../init/runtime-paths.ts';

type Bundle = (exports: { warmUp?: () => void }, require: NodeJS.Require) => void;

const [bundlePath = '', outPath = ''] = process.argv.slice(2);
const script = new Script(readFileSync(bundlePath, 'latin1'), { filename: guestBundlePath });
const exported: Parameters<Bundle>[0] = {};
(script.runInThisContext() as Bundle)(exported, createRequire(import.meta.url));
// What has run by now has been compiled; only that goes into the cache.
exported.warmUp?.();
writeFileSync(outPath, script.createCachedData());
