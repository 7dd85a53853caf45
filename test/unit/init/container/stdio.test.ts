import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import { maxStreamChunkBytes } from '../../../../protocol/limits.ts';
import type { ProcessStdio } from '../../../../init/container/process-stdio.ts';
import { connectTerminal, openDetached, openPipes } from '../../../../init/container/stdio.ts';
import { type GuestChannel, openGuestChannel, settlePromises } from '../../../support/guest-channel.ts';

interface OpenStdio extends GuestChannel {
  stdio: ProcessStdio;
  /** The process's ends, or its terminal three times. */
  ends: number[];
}

function openGuest(context: TestContext): GuestChannel {
  const guest = openGuestChannel(context);
  guest.host.hello('a');
  guest.host.forget();
  return guest;
}

const endsOf = (stdio: ProcessStdio): number[] =>
  stdio.child.kind === 'descriptors' ? stdio.child.ends.map(({ fd }) => fd) : Array(3).fill(stdio.child.fd);

function pipes(context: TestContext, streams = {}): OpenStdio {
  const guest = openGuest(context);
  const stdio = openPipes(guest.native, guest.channel, { streams: { stdout: 2, stderr: 3, ...streams } });
  return { ...guest, stdio, ends: endsOf(stdio) };
}

function terminal(context: TestContext, streams = {}): OpenStdio {
  const guest = openGuest(context);
  const opened = guest.native.openTerminal();
  const slavePath = '/dev/pts/0';
  const stdio = connectTerminal(
    guest.native,
    guest.channel,
    { stdout: 2, ...streams },
    { ...opened, slavePath },
  );
  return { ...guest, stdio, ends: endsOf(stdio) };
}

function read(native: GuestChannel['native'], fd: number): string {
  const buffer = Buffer.alloc(maxStreamChunkBytes);
  const length = native.readSome(fd, buffer);
  return buffer.toString('utf8', 0, Math.max(0, length));
}

const printed = ({ host }: GuestChannel, stream: number): string =>
  host
    .takeStreamFrames()
    .filter((frame) => frame.stream === stream && frame.type === 'data')
    .map((frame) => frame.bytes.toString())
    .join('');

test('openPipes() gives a process without stdin /dev/null, and pipes for the rest', (context) => {
  const { stdio } = pipes(context);
  assert.deepEqual(stdio.child.kind === 'descriptors' && stdio.child.ends.map((end) => end.isPipe), [
    false,
    true,
    true,
  ]);
  stdio.discard();
});

test('openPipes() carries stdin of the host into the pipe of the process', (context) => {
  const { native, host, stdio, ends } = pipes(context, { stdin: 1 });
  host.data(1, 0, 'input');
  assert.equal(read(native, ends[0] ?? -1), 'input');
  stdio.discard();
});

test('startOutput() lets flow what was printed before', (context) => {
  const { native, host, stdio, ends, ...guest } = pipes(context);
  host.credit(2, 100);
  native.writeSome(ends[1] ?? -1, Buffer.from('early'));
  host.settle();
  assert.equal(printed({ native, host, ...guest }, 2), '');
  stdio.startOutput();
  assert.equal(printed({ native, host, ...guest }, 2), 'early');
  stdio.discard();
});

test('connectTerminal() carries both ways and types the end of the input', (context) => {
  const open = terminal(context, { stdin: 1 });
  const { native, host, stdio, ends } = open;
  host.credit(2, 100);
  stdio.startOutput();
  host.data(1, 0, 'typed\n');
  host.end(1, 6);
  assert.equal(read(native, ends[0] ?? -1), 'typed\n\x04');
  native.writeSome(ends[0] ?? -1, Buffer.from('shown'));
  host.settle();
  assert.equal(printed(open, 2), 'shown');
  stdio.discard();
});

test('connectTerminal() without stdin keeps no way to type', (context) => {
  const { native, stdio } = terminal(context);
  assert.equal(native.isOpen(native.terminals[0]?.inputFd ?? -1), false);
  stdio.discard();
});

test('resize() changes the size of a terminal until its output has ended', async (context) => {
  const { native, host, stdio } = terminal(context);
  host.credit(2, 100);
  stdio.startOutput();
  assert.equal(stdio.resize({ rows: 5, columns: 6 }), true);
  assert.deepEqual(native.terminalSizes, [{ fd: native.terminals[0]?.outputFd ?? -1, rows: 5, columns: 6 }]);
  stdio.closeChildEnds();
  host.settle();
  await settlePromises();
  assert.equal(stdio.resize({ rows: 7, columns: 8 }), false, 'the descriptor may be something else by now');
  assert.equal(native.terminalSizes.length, 1);
});

test('resize() says no where there is no terminal', (context) => {
  const { stdio } = pipes(context);
  assert.equal(stdio.hasTerminal, false);
  assert.equal(stdio.resize({ rows: 1, columns: 1 }), false);
  stdio.discard();
});

test('openDetached() has no streams, and nothing to wait for', async (context) => {
  const { native } = openGuest(context);
  const stdio = openDetached(native);
  assert.deepEqual(stdio.streams, {});
  stdio.closeChildEnds();
  await stdio.drain(500);
});

const openFds = (): number => readdirSync('/proc/self/fd').length;

test('discard() closes every descriptor of pipes', (context) => {
  const { native, channel } = openGuest(context);
  const before = openFds();
  openPipes(native, channel, { streams: { stdin: 1, stdout: 2, stderr: 3 } }).discard();
  assert.equal(openFds(), before);
});

test('discard() closes every descriptor of a terminal', (context) => {
  const { native, channel } = openGuest(context);
  const before = openFds();
  const opened = { ...native.openTerminal(), slavePath: '/dev/pts/0' };
  connectTerminal(native, channel, { stdin: 1, stdout: 2 }, opened).discard();
  assert.equal(openFds(), before);
});
