/**
 * /init itself: runs the bundle with what V8 compiled of it when it was built. Compiling all of it takes longer than
 * the rest of the boot. Kept small: V8 has to compile this file each time.
 */
import { readFileSync } from 'node:fs';
import { Script } from 'node:vm';
import type { LoaderReport } from './main.ts';
import { bundlePath, codeCachePath } from './runtime-paths.ts';

/** The module scope of CommonJS, in which the loader itself runs. */
declare const require: NodeJS.Require;

/** What the bundle's text evaluates to. */
type Bundle = (exports: { startInit?: (report: LoaderReport) => void }, require: NodeJS.Require) => void;

const firstLineNs = process.hrtime.bigint();
const bytes = readFileSync(bundlePath);
const cachedData = readFileSync(codeCachePath);
const script = new Script(bytes.toString('latin1'), { filename: bundlePath, cachedData });
// V8 has taken what it needs; a boot is too short for its collector to find out that nobody else wants them.
for (const { buffer } of [bytes, cachedData]) buffer.transfer(0);
const exported: Parameters<Bundle>[0] = {};
(script.runInThisContext() as Bundle)(exported, require);
exported.startInit?.({ firstLineNs, codeCacheUsed: script.cachedDataRejected === false });
