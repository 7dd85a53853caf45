import assert from 'node:assert/strict';
import { PassThrough, Writable } from 'node:stream';
import { describe, it } from 'node:test';
import { text } from 'node:stream/consumers';
import { InputHub } from '../../../../host/monitor/input-hub.ts';

const client = (): { resumed: number; resumeInput(): void } => ({
  resumed: 0,
  resumeInput() {
    this.resumed += 1;
  },
});

describe('InputHub', () => {
  it('keeps what a client wrote until there is a machine, and lets it wait', async () => {
    const hub = new InputHub(true);
    const one = client();
    assert.equal(hub.write(one, Buffer.from('early ')), false);
    const sink = new PassThrough();
    hub.connect(sink);
    assert.equal(one.resumed, 1);
    assert.equal(hub.write(one, Buffer.from('late')), true);
    hub.end();
    assert.equal(await text(sink), 'early late');
  });

  it('lets a client wait for a workload that does not read', () => {
    const hub = new InputHub(false);
    const one = client();
    const sink = new PassThrough({ highWaterMark: 4 });
    hub.connect(sink);
    assert.equal(hub.write(one, Buffer.from('12345678')), false);
    assert.equal(one.resumed, 0);
    sink.read();
    sink.once('drain', () => assert.equal(one.resumed, 1));
  });

  it('does not end the input with a client unless that was asked for', () => {
    const hub = new InputHub(false);
    const sink = new PassThrough();
    hub.connect(sink);
    hub.end();
    assert.equal(sink.writableEnded, false);
  });

  it('drops what comes after the end, and ends the input of the next boot, too', () => {
    const hub = new InputHub(true);
    const first = new PassThrough();
    hub.connect(first);
    hub.end();
    assert.equal(hub.write(client(), Buffer.from('x')), true);
    hub.disconnect();
    const second = new PassThrough();
    hub.connect(second);
    assert.deepEqual([first.writableEnded, second.writableEnded], [true, true]);
  });

  it('lets nobody wait for a workload that has closed its input', () => {
    const hub = new InputHub(false);
    const one = client();
    const sink = new Writable({ highWaterMark: 1, write: () => {} });
    hub.connect(sink);
    assert.equal(hub.write(one, Buffer.from('12')), false);
    const closed = new Promise((resolve) => sink.once('close', resolve));
    sink.destroy(new Error('closed'));
    return closed.then(() => {
      assert.equal(one.resumed, 1);
      assert.equal(hub.write(one, Buffer.from('12')), true);
    });
  });
});
