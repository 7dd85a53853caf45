import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerHello } from '../../../../init/channel/handshake.ts';
import { Refuse, Welcome } from '../../../../protocol/messages.ts';

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
    const answer = answerHello(hello({ min, max }), 'boot-1');
    assert.equal(answer.state === 'welcome' ? answer.welcome.protocol : answer.state, expected);
  });
}

test('answerHello() gives the session back with what the guest is', () => {
  const answer = answerHello(hello({ min: 1, max: 1 }), 'boot-1');
  assert.ok(answer.state === 'welcome');
  assert.equal(Welcome.safeParse(answer.welcome).success, true);
  assert.equal(answer.welcome.session, 'a'.repeat(16));
  assert.equal(answer.welcome.bootId, 'boot-1');
  assert.deepEqual(answer.welcome.features, []);
  assert.equal(answer.hello.acknowledged, 4);
});

test('answerHello() tells both ranges when it has no version in common', () => {
  const answer = answerHello(hello({ min: 7, max: 9 }), 'boot-1');
  assert.ok(answer.state === 'refuse');
  assert.deepEqual(Refuse.parse(answer.refuse), {
    code: 'version',
    message: 'Cannot speak protocol 7 to 9: this guest speaks 1 to 1',
    protocol: { min: 1, max: 1 },
  });
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
    const answer = answerHello(text, 'boot-1');
    assert.ok(answer.state === 'refuse');
    assert.equal(answer.refuse.code, 'bad-hello');
    assert.equal(Refuse.safeParse(answer.refuse).success, true);
  });
}

test('answerHello() never changes the range that it hands out', () => {
  const first = answerHello('', 'boot-1');
  assert.ok(first.state === 'refuse');
  first.refuse.protocol.max = 99;
  const second = answerHello('', 'boot-1');
  assert.deepEqual(second.state === 'refuse' && second.refuse.protocol, { min: 1, max: 1 });
});
