import { join } from 'node:path';
import { buildAddon } from '../../../addon/build.ts';
import { loadNative } from '../../../addon/load.ts';
import type { Native } from '../../../addon/native.ts';

export const addonPath = join(import.meta.dirname, '../../../build/addon.node');

// A stamp makes this quick when the addon is up to date.
await buildAddon({ outPath: addonPath });

export const native: Native = loadNative(addonPath);
