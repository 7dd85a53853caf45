import assert from 'node:assert/strict';
import { once } from 'node:events';
import { afterEach, describe, it, mock } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ChannelClient } from '../../../../host/channel/channel-client.ts';
import { encodeControl, encodeData } from '../../../../protocol/frame.ts';
import { FakeGuest, welcomeFor } from '../support/fake-guest.ts';

function connect(): { client: ChannelClient; guest: FakeGuest } {
  const guest = new FakeGuest();
  const client = new ChannelClient();
  client.attach(guest.transport);
  return { client, guest };
}

describe('channel handshake', () => {
  const clients: ChannelClient[] = [];
  afterEach(() => {
    mock.timers.reset();
    for (const client of clients.splice(0)) client.close();
  });
  const started = (): { client: ChannelClient; guest: FakeGuest } => {
    const pair = connect();
    clients.push(pair.client);
    return pair;
  };

  it('greets with versions, a nonce and what was acknowledged', async () => {
    const { guest } = started();
    const hello = await guest.nextMessage('hello');
    assert.match(hello['session'] as string, /^[0-9a-f]{32}$/);
    assert.deepEqual(
      { ...hello, session: '' },
      {
        protocol: { min: 1, max: 1 },
        session: '',
        features: [],
        acknowledged: 0,
        streams: {},
      },
    );
  });

  it('repeats the same hello every 250 ms until it is welcome', async () => {
    mock.timers.enable({ apis: ['setInterval'] });
    const { client, guest } = started();
    const first = await guest.nextMessage('hello');
    // A hello that still waits in the transport is not repeated.
    await nextTurn();
    mock.timers.tick(250);
    const second = await guest.nextMessage('hello');
    assert.deepEqual(second, first);
    const opened = once(client, 'opened');
    guest.say('welcome', welcomeFor(first['session']));
    await opened;
    mock.timers.tick(1000);
    const reply = client.request('ping', undefined);
    await guest.acceptRequest();
    await reply;
    assert.equal(guest.count('hello'), 0);
  });

  it('opens when the welcome comes in single bytes', async () => {
    const { client, guest } = started();
    const hello = await guest.nextMessage('hello');
    const opened = once(client, 'opened');
    for (const byte of encodeControl('welcome', welcomeFor(hello['session'])))
      guest.write(Buffer.from([byte]));
    await opened;
    assert.equal(client.isOpen, true);
  });

  it('skips kernel messages and the end of an older session before the welcome', async () => {
    const { client, guest } = started();
    const stream = client.readable(2);
    const opened = once(client, 'opened');
    guest.write(Buffer.from('[    0.1] Linux version\r\nFB\xc3', 'latin1'));
    guest.sendData(2, 0, Buffer.from('old'));
    guest.say('welcome', welcomeFor('0123456789abcdef'));
    guest.write(encodeControl('event', {}).subarray(0, 30));
    await guest.welcome();
    await opened;
    assert.equal(stream.readableLength, 0);
  });

  it('opens although an older session left half a frame in the port', async () => {
    mock.timers.enable({ apis: ['setInterval'] });
    const { client, guest } = started();
    guest.write(encodeData(2, 0, Buffer.alloc(1000)).subarray(0, 40));
    const hello = await guest.nextMessage('hello');
    guest.say('welcome', welcomeFor(hello['session']));
    await nextTurn();
    await nextTurn();
    assert.equal(client.isOpen, false);
    const opened = once(client, 'opened');
    const later = performance.now() + 1000;
    const clock = mock.method(performance, 'now', () => later);
    mock.timers.tick(250);
    clock.mock.restore();
    await opened;
    assert.equal(client.isOpen, true);
  });

  it('takes a repeated welcome as no news', async () => {
    const { client, guest } = started();
    const opened = mock.fn();
    client.on('opened', opened);
    const first = once(client, 'opened');
    const hello = await guest.welcome();
    await first;
    guest.say('welcome', welcomeFor(hello['session']));
    const reply = client.request('ping', undefined);
    await guest.acceptRequest();
    await reply;
    assert.equal(opened.mock.callCount(), 1);
  });

  it('fails with the words of a guest that refuses', async () => {
    const { client, guest } = started();
    const failed = once(client, 'failed');
    const { session } = JSON.parse((await guest.next('hello')).payload.toString());
    guest.say('refuse', { session, code: 'version', message: 'too old', protocol: { min: 7, max: 9 } });
    const [error] = (await failed) as [Error];
    assert.equal(
      error.message,
      'Cannot open the channel: the guest refused (version, it speaks 7 to 9): too old',
    );
  });

  it('skips the refusal that an earlier host or noise earned, and goes on greeting', async () => {
    const { client, guest } = started();
    const opened = once(client, 'opened');
    const refusal = { code: 'version', message: 'too old', protocol: { min: 7, max: 9 } };
    guest.say('refuse', refusal);
    guest.say('refuse', { ...refusal, session: 'f'.repeat(32) });
    await guest.welcome();
    await opened;
  });

  it('fails when the guest chose a version that this host does not speak', async () => {
    const { client, guest } = started();
    const failed = once(client, 'failed');
    await guest.welcome({ protocol: 2 });
    const [error] = (await failed) as [Error];
    assert.equal(error.message, "Cannot speak the guest's protocol version 2: this host speaks 1 to 1");
  });

  it('ignores a welcome that no schema accepts and goes on greeting', async () => {
    const { client, guest } = started();
    const ignored = once(client, 'ignored');
    const hello = await guest.nextMessage('hello');
    guest.say('welcome', { session: hello['session'] });
    const [problem] = (await ignored) as [Error];
    assert.match(problem.message, /^Cannot accept a welcome: protocol: /);
    assert.equal(client.isOpen, false);
  });

  it('reports a lost transport once', async () => {
    const { client, guest } = started();
    const lost = mock.fn();
    client.on('lost', lost);
    const opened = once(client, 'opened');
    await guest.welcome();
    await opened;
    const gone = once(client, 'lost');
    guest.hangUp();
    await gone;
    assert.equal(lost.mock.callCount(), 1);
    assert.equal(client.isOpen, false);
  });
});
