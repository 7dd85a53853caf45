import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { parseJsonWith } from '../../protocol/parse.ts';

const PackageFile = z.looseObject({ version: z.string() });

/** The version of this tree. */
export async function packageVersion(): Promise<string> {
  const text = await readFile(join(import.meta.dirname, '../../package.json'), 'utf8');
  return parseJsonWith(PackageFile, text, 'package.json', 'host').version;
}
