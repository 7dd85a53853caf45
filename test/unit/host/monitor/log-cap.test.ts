import assert from 'node:assert/strict';
import {
  appendFileSync,
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { cappedLogPath, LogCap } from '../../../../host/monitor/log-cap.ts';
import { scratchDirectory } from '../../../support/scratch-directory.ts';

const limits = { maxBytes: 1000, keptBytes: 100, intervalMs: 5 };

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('LogCap', () => {
  it('empties a log that has grown too long under the feet of its writer, and keeps the end', async (context) => {
    const scratch = scratchDirectory(context);
    const [path, other] = [join(scratch, 'console.log'), join(scratch, 'vm.log')];
    const writer = openSync(path, 'a');
    writeFileSync(other, 'short');
    const cap = new LogCap([join(scratch, 'none'), path, other], limits);
    writeSync(writer, `${'x'.repeat(2000)}the end`);
    await until(() => statSync(path).size === 0);
    writeSync(writer, 'more');
    cap.close();
    closeSync(writer);
    assert.equal(readFileSync(cappedLogPath(path), 'utf8'), `${'x'.repeat(93)}the end`);
    assert.equal(readFileSync(path, 'utf8'), 'more');
    assert.equal(readFileSync(other, 'utf8'), 'short');
    assert.equal(existsSync(cappedLogPath(other)), false);
  });

  it('does nothing once it is closed', async (context) => {
    const scratch = scratchDirectory(context);
    const [path, other] = [join(scratch, 'console.log'), join(scratch, 'vm.log')];
    new LogCap([path], limits).close();
    const second = new LogCap([other], limits);
    for (const log of [path, other]) appendFileSync(log, 'x'.repeat(2000));
    await until(() => statSync(other).size === 0);
    second.close();
    assert.equal(statSync(path).size, 2000);
  });
});
