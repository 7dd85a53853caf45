import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChannelStream } from '../../../../init/channel/host-channel.ts';
import { firstDynamicStream } from '../../../../protocol/names.ts';
import { openGuestChannel } from '../../../support/guest-channel.ts';

function recordingStream(): { stream: ChannelStream; calls: unknown[] } {
  const calls: unknown[] = [];
  const stream = {
    onSession: () => void calls.push('session'),
    onCredit: (limit: number) => void calls.push(limit),
  };
  return { stream, calls };
}

test('credit for a stream that is yet to open waits for it', (context) => {
  const { host, channel } = openGuestChannel(context);
  const { stream, calls } = recordingStream();
  host.hello('a');
  host.credit(2, 100);
  host.credit(2, 200);
  channel.openStream(2, stream);
  assert.deepEqual(calls, ['session', 200]);
});

test('credit that waited is given once', (context) => {
  const { host, channel } = openGuestChannel(context);
  host.hello('a');
  host.credit(2, 100);
  channel.openStream(2, recordingStream().stream);
  channel.closeStream(2);
  const { stream, calls } = recordingStream();
  channel.openStream(2, stream);
  assert.deepEqual(calls, ['session']);
});

test('credit of an earlier session is forgotten with it', (context) => {
  const { host, channel } = openGuestChannel(context);
  const { stream, calls } = recordingStream();
  host.hello('a');
  host.credit(2, 100);
  host.hello('b');
  channel.openStream(2, stream);
  assert.deepEqual(calls, ['session']);
});

test('a host cannot make the guest remember credit for streams that it invents', (context) => {
  const { host, channel } = openGuestChannel(context);
  const { stream, calls } = recordingStream();
  host.hello('a');
  host.credit(firstDynamicStream, 100);
  channel.openStream(firstDynamicStream, stream);
  assert.deepEqual(calls, ['session']);
});
