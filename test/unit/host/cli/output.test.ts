import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { describe, it } from 'node:test';
import { Output } from '../../../../host/cli/output.ts';

describe('Output', () => {
  it('waits for a reader that is slow', async () => {
    const taken: string[] = [];
    const pending: (() => void)[] = [];
    const stream = new Writable({
      highWaterMark: 1,
      write: (chunk: Buffer, _encoding, done) => {
        taken.push(chunk.toString());
        pending.push(done);
      },
    });
    let isWritten = false;
    const written = new Output(stream).write('abc').then(() => {
      isWritten = true;
    });
    await new Promise(setImmediate);
    assert.deepEqual([taken, isWritten], [['abc'], false]);
    pending.pop()?.();
    await written;
  });

  it('writes nothing more, and waits for nothing, once the reader has gone', async () => {
    let writes = 0;
    const stream = new Writable({
      highWaterMark: 1,
      autoDestroy: false,
      write: (_chunk, _encoding, done) => {
        writes += 1;
        done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
      },
    });
    const output = new Output(stream);
    await output.write('a');
    await output.write('b');
    assert.equal(output.closed.aborted, true);
    assert.equal(writes, 1);
  });
});
