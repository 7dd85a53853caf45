import { execFile } from 'node:child_process';
import { rename } from 'node:fs/promises';
import { promisify } from 'node:util';

/** Removes what only debuggers read: 150 MB become 116. The dynamic symbols that addons link to stay. */
export async function stripNode(nodePath: string, outPath: string): Promise<void> {
  const temporaryPath = `${outPath}.${process.pid}.tmp`;
  await promisify(execFile)('strip', ['--strip-all', '-o', temporaryPath, nodePath]);
  await rename(temporaryPath, outPath);
}
