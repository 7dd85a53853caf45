import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { MonitorConnection } from '../../../../host/client/connection.ts';
import { RequestRefusal } from '../../../../host/client/request-refusal.ts';
import { scratchDirectory } from '../../../support/scratch-directory.ts';
import { connectedPair } from './fake-monitor-socket.ts';

const ask = { method: 'status', params: {} } as const;

describe('MonitorConnection', () => {
  it('takes answers in any order', async (context) => {
    const { connection, monitor } = await connectedPair(context);
    const answers = [connection.request(ask), connection.request(ask)];
    const first = await monitor.request();
    const second = await monitor.request();
    monitor.say('response', { id: second.id, ok: true, result: 'second' });
    monitor.say('response', { id: first.id, ok: true, result: 'first' });
    assert.deepEqual(await Promise.all(answers), ['first', 'second']);
  });

  it("has the guest's own words and exit code when it refuses", async (context) => {
    const { connection, monitor } = await connectedPair(context);
    const answer = connection.request(ask);
    const { id } = await monitor.request();
    const reply = { code: 'failed', message: 'Cannot find "x"', exitCode: 127 };
    monitor.say('response', { id, ok: false, error: { code: 'guest', message: 'Guest answered', reply } });
    await assert.rejects(answer, (error) => {
      assert.ok(error instanceof RequestRefusal);
      assert.deepEqual([error.code, error.message, error.reply?.exitCode], ['guest', 'Cannot find "x"', 127]);
      return true;
    });
  });

  it('fails what is open when the monitor goes, and everything after', async (context) => {
    const { connection, monitor } = await connectedPair(context);
    const answer = connection.request(ask);
    monitor.socket.destroy();
    const lost = { code: 'channel', message: 'Lost the connection to the monitor' };
    await assert.rejects(answer, lost);
    await assert.rejects(connection.request(ask), lost);
    assert.equal((await connection.closed).message, lost.message);
  });

  it('throws the reason when its signal aborts', async (context) => {
    const { connection } = await connectedPair(context);
    const abort = new AbortController();
    const answer = connection.request(ask, abort.signal);
    abort.abort(new Error('enough'));
    await assert.rejects(answer, { message: 'enough' });
    await connection.closed;
  });

  it('leaves somebody who speaks another language', async (context) => {
    const { connection, monitor } = await connectedPair(context);
    const answer = connection.request(ask);
    monitor.socket.write('HTTP/1.1 400 Bad Request\r\n');
    await assert.rejects(answer, { message: 'Cannot understand the monitor: it sent no frame' });
  });

  it('leaves a monitor whose answer is none', async (context) => {
    const { connection, monitor } = await connectedPair(context);
    const answer = connection.request(ask);
    monitor.say('response', { id: 'one', ok: true });
    await assert.rejects(answer, { code: 'channel', message: 'Cannot understand the monitor' });
  });

  it('rejects when nobody listens', async (context) => {
    const path = join(scratchDirectory(context), 'monitor.sock');
    await assert.rejects(MonitorConnection.open(path, undefined), { code: 'ENOENT' });
    await assert.rejects(MonitorConnection.open(path, AbortSignal.abort(new Error('no'))), { message: 'no' });
  });
});
