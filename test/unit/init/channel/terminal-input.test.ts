import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { InputSink } from '../../../../init/channel/input-sink.ts';
import { type GuestChannel, openGuestChannel } from '../../../support/guest-channel.ts';

const stream = 1;

interface OpenTerminal extends GuestChannel {
  sink: InputSink;
  readFd: number;
  writeFd: number;
  /** What has arrived at the terminal; its end is a character. */
  typed: () => string;
}

function openTerminal(context: TestContext): OpenTerminal {
  const guest = openGuestChannel(context);
  const { readFd, writeFd } = guest.native.makePipe();
  const sink = new InputSink(guest.native, guest.channel, writeFd, stream, { terminal: true });
  guest.host.hello('a');
  const typed = (): string => {
    const buffer = Buffer.alloc(1024 * 1024);
    const length = guest.native.readSome(readFd, buffer);
    guest.host.settle();
    return buffer.toString('utf8', 0, Math.max(0, length));
  };
  return { ...guest, sink, readFd, writeFd, typed };
}

const ends: [what: string, text: string, expected: string][] = [
  ['without any input is typed once', '', '\x04'],
  ['behind a line is typed once', 'exit\n', 'exit\n\x04'],
  ['in the middle of a line is typed twice', 'exit', 'exit\x04\x04'],
  ['behind a typed end is typed once', 'exit\x04', 'exit\x04\x04'],
];
for (const [what, text, expected] of ends) {
  test(`the end ${what}`, (context) => {
    const { host, native, typed, writeFd } = openTerminal(context);
    if (text !== '') host.data(stream, 0, text);
    host.end(stream, text.length);
    assert.equal(typed(), expected);
    assert.equal(native.isOpen(writeFd), true);
  });
}

test('the end follows all that was typed before, however slowly it is read', (context) => {
  const { host, native, typed, writeFd } = openTerminal(context);
  native.setPipeSize(writeFd, 3);
  host.data(stream, 0, 'abcdef\ngh');
  host.end(stream, 9);
  assert.equal(Array.from({ length: 4 }, typed).join(''), 'abcdef\ngh\x04\x04');
});

test('the end that a new session repeats is not typed again', (context) => {
  const { host, typed } = openTerminal(context);
  host.data(stream, 0, 'ab');
  host.end(stream, 2);
  assert.equal(typed(), 'ab\x04\x04');
  host.hello('b');
  host.end(stream, 2);
  host.data(stream, 2, 'cd');
  assert.equal(typed(), '');
});

test('close() closes the terminal after its end', (context) => {
  const { host, native, sink, writeFd } = openTerminal(context);
  host.end(stream, 0);
  sink.close();
  assert.equal(native.isOpen(writeFd), false);
});

test('a terminal that nobody has open any more makes the rest be dropped', (context) => {
  const { host, native, writeFd } = openTerminal(context);
  const write = context.mock.method(native, 'writeSome', (fd: number, bytes: Uint8Array) => {
    if (fd === writeFd) throw Object.assign(new Error('EIO: write'), { code: 'EIO' });
    return bytes.length;
  });
  host.data(stream, 0, 'abc');
  host.end(stream, 3);
  assert.equal(native.isOpen(writeFd), false);
  assert.equal(write.mock.calls.filter((call) => call.arguments[0] === writeFd).length, 1);
});
