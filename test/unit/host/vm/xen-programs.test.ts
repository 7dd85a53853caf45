import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { artefacts } from '../../../../host/artefacts.ts';
import { findXenPrograms } from '../../../../host/vm/xen-programs.ts';

describe('findXenPrograms()', () => {
  let directory = '';
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'firstborn-'));
    for (const name of ['xl', 'console']) await writeFile(join(directory, name), '', { mode: 0o755 });
  });
  after(() => rm(directory, { recursive: true }));

  it('takes xl from the search path and the console backend from the environment', async () => {
    const places = artefacts({ FIRSTBORN_XEN_CONSOLE: join(directory, 'console') });
    assert.deepEqual(await findXenPrograms(places, `/none:${directory}`), {
      xlPath: join(directory, 'xl'),
      consolePath: join(directory, 'console'),
    });
  });

  it('says what is missing', async () => {
    const places = artefacts({ FIRSTBORN_BUILD_DIR: directory });
    await assert.rejects(findXenPrograms(places, '/none'), {
      code: 'host',
      message: /^Cannot find the program "xl": install Xen/,
    });
    await assert.rejects(findXenPrograms(places, directory), {
      code: 'host',
      message: /^Cannot find the console backend for Xen ".*firstborn-xen-console": run "npm start" once/,
    });
  });
});
