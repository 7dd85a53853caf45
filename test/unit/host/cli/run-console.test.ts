import assert from 'node:assert/strict';
import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, it } from 'node:test';
import { ConsoleLog, openConsoleSink } from '../../../../host/cli/run-console.ts';
import { scratchDirectory } from '../../../support/scratch-directory.ts';

describe('ConsoleLog', () => {
  it('follows what is written, across a boot that empties it, to the end', async (context) => {
    const directory = scratchDirectory(context);
    const path = join(directory, 'console.log');
    await using log = await ConsoleLog.open(directory);
    const sink = new PassThrough();
    const over = new AbortController();
    const end = log.follow(sink, over.signal);
    appendFileSync(path, 'a long first boot\n');
    assert.equal(String((await once(sink, 'data'))[0]), 'a long first boot\n');
    writeFileSync(path, 'second\n');
    assert.equal(String((await once(sink, 'data'))[0]), 'second\n');
    appendFileSync(path, 'last');
    over.abort();
    const last = once(sink, 'data');
    await end;
    assert.equal(String((await last)[0]), 'last');
  });

  it('can be read though the machine has removed itself', async (context) => {
    const directory = scratchDirectory(context);
    await using log = await ConsoleLog.open(directory);
    appendFileSync(join(directory, 'console.log'), 'one\ntwo\nthree\n');
    rmSync(directory, { recursive: true });
    assert.deepEqual(await log.tail(2), ['two', 'three']);
  });
});

describe('openConsoleSink()', () => {
  it('is stderr for "-"', async () => assert.equal(await openConsoleSink('-'), process.stderr));

  it('refuses a path that cannot be written', async (context) => {
    const path = join(scratchDirectory(context), 'missing/console.log');
    await assert.rejects(openConsoleSink(path), {
      code: 'host',
      message: `Cannot write the console log to "${path}"`,
    });
  });
});
