import assert from 'node:assert/strict';
import { once } from 'node:events';
import { PassThrough, Readable, Writable } from 'node:stream';
import { describe, it } from 'node:test';
import { feed, flush, forward } from '../../../../host/cli/standard-streams.ts';

/** Takes some writes, then fails every further one. */
class FailingSink extends Writable {
  written = '';
  readonly #code: string;
  #left: number;
  constructor(writes: number, code: string) {
    super({ autoDestroy: false });
    this.#left = writes;
    this.#code = code;
  }
  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    if (this.#left === 0) {
      done(Object.assign(new Error(`write ${this.#code}`), { code: this.#code }));
      return;
    }
    this.#left -= 1;
    this.written += chunk.toString();
    done();
  }
}

describe('forward()', () => {
  it('resolves when all of it is written', async () => {
    const sink = new FailingSink(10, 'EPIPE');
    assert.deepEqual(await forward(Readable.from(['a', 'b']), sink), { state: 'done' });
    assert.equal(sink.written, 'ab');
  });

  it('throws the rest away when the reader has gone', async () => {
    const source = new PassThrough({ highWaterMark: 4 });
    const sink = new FailingSink(1, 'EPIPE');
    const end = forward(source, sink);
    for (const text of ['one', 'two', 'three', 'four', 'five']) {
      if (!source.write(text)) await once(source, 'drain');
    }
    source.end();
    assert.deepEqual(await end, { state: 'closed' });
    assert.equal(sink.written, 'one');
  });

  it('reports any other failure', async () => {
    const end = await forward(Readable.from(['a', 'b']), new FailingSink(0, 'ENOSPC'));
    assert.equal(end.state === 'failed' && end.error.message, 'write ENOSPC');
  });

  it('takes no more from its source than its sink takes', async () => {
    const source = new PassThrough({ highWaterMark: 16 });
    const stuck = new Writable({ highWaterMark: 16, write: () => {} });
    void forward(source, stuck);
    let writtenBytes = 0;
    while (source.write('12345678')) {
      writtenBytes += 8;
      await new Promise(setImmediate);
    }
    assert.ok(writtenBytes < 100);
  });

  it('gives up on a sink that takes nothing once it is told to', async () => {
    const stuck = new Writable({ highWaterMark: 16, write: () => {} });
    const patience = new AbortController();
    const end = forward(Readable.from(['a', 'b']), stuck, patience.signal);
    patience.abort();
    assert.deepEqual(await end, { state: 'given-up' });
    await flush(stuck);
  });

  it('leaves a sink alone that took everything before the end of patience', async () => {
    const slow = new Writable({ write: (_chunk, _encoding, done) => void setImmediate(done) });
    const patience = new AbortController();
    assert.deepEqual(await forward(Readable.from(['a']), slow, patience.signal), { state: 'done' });
    patience.abort();
    slow.write('b');
    await flush(slow);
    assert.equal(slow.writableLength, 0);
  });
});

describe('feed()', () => {
  it('passes input on and ends it', async () => {
    const sink = new PassThrough();
    feed(Readable.from(['a', 'b']), sink);
    assert.deepEqual((await sink.toArray()).join(''), 'ab');
  });

  it('takes an input that fails as one that has ended', async () => {
    const source = new PassThrough();
    const sink = new PassThrough();
    feed(source, sink);
    sink.resume();
    source.destroy(new Error('EIO'));
    await once(sink, 'end');
  });
});
