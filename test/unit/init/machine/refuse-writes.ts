import files from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import type { TestContext } from 'node:test';
import { systemError } from '../../../support/kernel-pipes.ts';

/** Makes `writeFile` of node:fs/promises fail as sysfs does, for the paths that `refuses` says, until the test ends. */
export function refuseWrites(context: TestContext, refuses: (path: string) => boolean): void {
  const write = files.writeFile;
  context.mock.method(files, 'writeFile', async (path: string, ...rest: [text: string, options: object]) => {
    if (refuses(path)) throw systemError('EINVAL', -22, 'write');
    await write(path, ...rest);
  });
  syncBuiltinESMExports();
  context.after(() => {
    files.writeFile = write;
    syncBuiltinESMExports();
  });
}
