import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { test } from 'node:test';
import { parseSignal, signalName } from '../../../protocol/signals.ts';

const readable: [text: string, signal: number][] = [
  ['SIGTERM', 15],
  ['TERM', 15],
  ['term', 15],
  ['SigInt', 2],
  ['15', 15],
  ['09', 9],
  ['1', 1],
  ['64', 64],
  ['SIGIOT', 6],
  ['SIGPOLL', 29],
  ['SIGRTMIN', 34],
  ['RTMIN+0', 34],
  ['SIGRTMIN+3', 37],
  ['rtmin+30', 64],
  ['SIGRTMAX', 64],
  ['RTMAX-1', 63],
  ['SIGRTMAX-30', 34],
];
for (const [text, signal] of readable) {
  test(`parseSignal() reads "${text}" as ${signal}`, () => assert.equal(parseSignal(text), signal));
}

const unreadable = [
  '',
  ' ',
  'SIG',
  'SIGSIGTERM',
  'TERM ',
  ' TERM',
  'TERMINATE',
  'SIGTERM\n',
  '0',
  '00',
  '65',
  '99',
  '-1',
  '+15',
  '1.5',
  '0x9',
  '100',
  'SIGTERM+1',
  'SIGHUP-1',
  'RTMIN-1',
  'RTMAX+1',
  'RTMIN+31',
  'RTMAX-31',
  'RTMIN+',
  'RTMIN+100',
  'RTMIN+3+3',
  'SIG15',
  'SIGRTMIN +3',
];
for (const text of unreadable) {
  test(`parseSignal() refuses ${JSON.stringify(text)}`, () => assert.equal(parseSignal(text), undefined));
}

test('parseSignal() agrees with this system on every signal that both know', () => {
  const known = Object.entries(constants.signals).filter(([name]) => name !== 'SIGUNUSED');
  assert.ok(known.length >= 31);
  for (const [name, number] of known) assert.equal(parseSignal(name), number, name);
});

test('signalName() and parseSignal() agree on every signal with a name', () => {
  for (let number = 1; number <= 64; number += 1) {
    if (number === 32 || number === 33) continue;
    assert.equal(parseSignal(signalName(number)), number);
  }
});

test('signalName() prefers the common name', () => {
  assert.equal(signalName(6), 'SIGABRT');
  assert.equal(signalName(29), 'SIGIO');
  assert.equal(signalName(34), 'SIGRTMIN');
  assert.equal(signalName(37), 'SIGRTMIN+3');
  assert.equal(signalName(64), 'SIGRTMAX');
});

test('signalName() numbers what has no name', () => {
  for (const number of [0, 32, 33, 65, -1]) assert.equal(signalName(number), `signal ${number}`);
});
