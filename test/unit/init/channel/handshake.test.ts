import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerHello } from '../../../../init/channel/handshake.ts';
import { guestFeatures, Refuse, Welcome } from '../../../../protocol/messages.ts';

const guest = { bootId: 'boot-1', streams: { 1: 5, 16: 0 } };

const hello = (protocol: { min: number; max: number }): string =>
  JSON.stringify({ protocol, session: 'a'.repeat(16), features: ['clock'], acknowledged: 4 });

const versions: [min: number, max: number, answer: number | 'refuse'][] = [
  [1, 1, 1],
  [1, 9, 1],
  [2, 3, 'refuse'],
  [2, 1, 'refuse'],
];
for (const [min, max, expected] of versions) {
  test(`answerHello() answers a host of protocol ${min} to ${max} with ${expected}`, () => {
    const answer = answerHello(hello({ min, max }), guest);
    assert.equal(answer.state === 'welcome' ? answer.welcome.protocol : answer.state, expected);
  });
}

test('answerHello() gives the session back with what the guest is', () => {
  const answer = answerHello(hello({ min: 1, max: 1 }), guest);
  assert.ok(answer.state === 'welcome');
  assert.equal(Welcome.safeParse(answer.welcome).success, true);
  assert.equal(answer.welcome.session, 'a'.repeat(16));
  assert.equal(answer.welcome.bootId, guest.bootId);
  assert.deepEqual(answer.welcome.features, [...guestFeatures]);
  assert.deepEqual(answer.welcome.streams, { 1: 5, 16: 0 });
  assert.equal(answer.hello.acknowledged, 4);
});

test('answerHello() tells both ranges when it has no version in common', () => {
  const answer = answerHello(hello({ min: 7, max: 9 }), guest);
  assert.ok(answer.state === 'refuse');
  assert.deepEqual(Refuse.parse(answer.refuse), {
    session: JSON.parse(hello({ min: 7, max: 9 })).session,
    code: 'version',
    message: 'Cannot speak protocol 7 to 9: this guest speaks 1 to 1',
    protocol: { min: 1, max: 1 },
  });
});

test('answerHello() gives what the host has taken of each stream, and nothing for a host that names none', () => {
  const streams = { 2: 7, 4294967295: 0 };
  const named = answerHello(JSON.stringify({ ...JSON.parse(hello({ min: 1, max: 1 })), streams }), guest);
  const silent = answerHello(hello({ min: 1, max: 1 }), guest);
  assert.deepEqual(named.state === 'welcome' && named.hello.streams, streams);
  assert.deepEqual(silent.state === 'welcome' && silent.hello.streams, {});
});

for (const text of [
  '',
  '{',
  'null',
  '[]',
  '{}',
  '{"protocol":{"min":1,"max":1}}',
  hello({ min: 0, max: 1 }),
]) {
  test(`answerHello() refuses ${JSON.stringify(text)}`, () => {
    const answer = answerHello(text, guest);
    assert.ok(answer.state === 'refuse');
    assert.equal(answer.refuse.code, 'bad-hello');
    assert.equal(Refuse.safeParse(answer.refuse).success, true);
  });
}

test('answerHello() tells a host whose hello is wrong that it is meant, by its nonce', () => {
  const { session } = JSON.parse(hello({ min: 1, max: 1 })) as { session: string };
  const answer = answerHello(JSON.stringify({ session, protocol: 'none' }), guest);
  assert.ok(answer.state === 'refuse');
  assert.deepEqual([answer.refuse.code, answer.refuse.session], ['bad-hello', session]);
});

test('answerHello() never changes the range that it hands out', () => {
  const first = answerHello('', guest);
  assert.ok(first.state === 'refuse');
  first.refuse.protocol.max = 99;
  const second = answerHello('', guest);
  assert.deepEqual(second.state === 'refuse' && second.refuse.protocol, { min: 1, max: 1 });
});
