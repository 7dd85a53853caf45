import assert from 'node:assert/strict';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { describe, it, type TestContext } from 'node:test';
import { StreamLink, type StreamLinkOptions } from '../../../../host/client/stream-link.ts';
import { encodeData, encodeFrame, encodeOffset } from '../../../../protocol/frame.ts';
import { connectedPair, type FakeMonitorSocket } from './fake-monitor-socket.ts';

const attach = { method: 'attach', params: { stdin: true, replay: false, wait: true } } as const;

async function openLink(
  context: TestContext,
  options: Partial<StreamLinkOptions> = {},
): Promise<{ link: StreamLink; monitor: FakeMonitorSocket }> {
  const { connection, monitor } = await connectedPair(context);
  const link = new StreamLink(connection, { input: true, outputs: [2, 3], ...options });
  const opened = link.open(attach);
  const { id } = await monitor.request();
  monitor.say('response', { id, ok: true });
  await opened;
  return { link, monitor };
}

describe('StreamLink', () => {
  it('hands out what comes on each stream, and the event behind it', async (context) => {
    const { link, monitor } = await openLink(context);
    monitor.socket.write(encodeData(2, 0, Buffer.from('out')));
    monitor.socket.write(encodeData(3, 0, Buffer.from('err')));
    monitor.socket.write(encodeData(9, 0, Buffer.from('nobody asked')));
    monitor.socket.write(encodeFrame('end', 2, encodeOffset(3)));
    monitor.say('event', { event: 'ended' });
    assert.deepEqual(await Promise.all([text(link.output(2)), text(link.output(3))]), ['out', 'err']);
    assert.deepEqual(await link.ended, { event: 'ended' });
  });

  it('sends input in frames, and its end', async (context) => {
    const { link, monitor } = await openLink(context);
    const bytes = Buffer.alloc(100_000, 'x');
    link.input?.end(bytes);
    let receivedBytes = 0;
    while (receivedBytes < bytes.length) receivedBytes += (await monitor.frame('data')).payload.length - 8;
    const end = await monitor.frame('end');
    assert.deepEqual([receivedBytes, end.stream, end.payload], [100_000, 1, encodeOffset(100_000)]);
  });

  it('stops reading while nobody takes what came', async (context) => {
    const { link, monitor } = await openLink(context);
    const chunk = Buffer.alloc(32_000);
    let offset = 0;
    const write = (): boolean => {
      const hasRoom = monitor.socket.write(encodeData(2, offset, chunk));
      offset += chunk.length;
      return hasRoom;
    };
    while (write()) await new Promise(setImmediate);
    // The sender has to wait: what is on the way is in the socket's buffers.
    assert.ok(monitor.socket.writableNeedDrain);
    const drained = once(monitor.socket, 'drain');
    let readBytes = 0;
    link.output(2).on('data', (piece: Buffer) => {
      readBytes += piece.length;
    });
    await drained;
    monitor.say('event', { event: 'ended' });
    await once(link.output(2), 'end');
    assert.equal(readBytes, offset);
  });

  it('ends its outputs and rejects when the monitor goes', async (context) => {
    const { link, monitor } = await openLink(context);
    monitor.socket.write(encodeData(2, 0, Buffer.from('all there was')));
    monitor.socket.end();
    assert.equal(await text(link.output(2)), 'all there was');
    await assert.rejects(link.ended, { code: 'channel' });
    // Writing to what has ended is no error.
    link.input?.write('more');
  });

  it('takes frames that arrive together with the answer', async (context) => {
    const { connection, monitor } = await connectedPair(context);
    const link = new StreamLink(connection, { input: false, outputs: [2] });
    const opened = link.open(attach);
    const { id } = await monitor.request();
    monitor.socket.cork();
    monitor.say('response', { id, ok: true });
    monitor.socket.write(encodeData(2, 0, Buffer.from('early')));
    monitor.say('event', { event: 'ended' });
    monitor.socket.uncork();
    await opened;
    assert.equal(await text(link.output(2)), 'early');
  });

  it('tells of gaps and goes on', async (context) => {
    const { link, monitor } = await openLink(context);
    const gap = new Promise((resolve) => {
      link.onGap = resolve;
    });
    monitor.say('event', { event: 'gap', stream: 2, missingBytes: 7 });
    assert.deepEqual(await gap, { event: 'gap', stream: 2, missingBytes: 7 });
    monitor.say('event', { event: 'ended' });
    assert.equal((await link.ended).event, 'ended');
  });

  it('closes and rejects with the reason when its signal aborts', async (context) => {
    const abort = new AbortController();
    const { link, monitor } = await openLink(context, { signal: abort.signal });
    abort.abort(new Error('enough'));
    await assert.rejects(link.ended, { message: 'enough' });
    assert.equal(await text(link.output(2)), '');
    await once(monitor.socket, 'close');
  });

  it('refuses an event that is none', async (context) => {
    const { link, monitor } = await openLink(context);
    monitor.say('event', { event: 'surprise' });
    await assert.rejects(link.ended, { code: 'channel' });
  });
});
