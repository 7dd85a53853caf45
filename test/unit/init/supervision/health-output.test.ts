import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { openHealthOutput } from '../../../../init/supervision/health-output.ts';
import { settlePromises } from '../../../support/guest-channel.ts';
import { FakeNative } from '../../../support/fake-native.ts';

function open(context: TestContext) {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const native = new FakeNative();
  context.after(() => native.dispose());
  const { stdio, text } = openHealthOutput(native);
  assert.ok(stdio.child.kind === 'descriptors');
  const [stdin, stdout, stderr] = stdio.child.ends;
  assert.ok(stdin !== undefined && stdout !== undefined);
  assert.equal(stderr?.fd, stdout.fd, 'what goes to either comes in the order in which it was printed');
  assert.deepEqual([stdin.isPipe, stdout.isPipe], [false, true]);
  // The child's own end of the pipe.
  const childFd = native.duplicate(stdout.fd);
  stdio.closeChildEnds();
  const print = (words: string | Uint8Array): void => {
    for (let bytes = Buffer.from(words as string); bytes.length > 0; ) {
      bytes = bytes.subarray(Math.max(0, native.writeSome(childFd, bytes)));
      native.settle();
    }
  };
  return { native, stdio, text, print, childFd };
}

test('the output is read to its end, which comes with the last writer’s', async (context) => {
  const { native, stdio, text, print, childFd } = open(context);
  stdio.startOutput();
  print('one\n');
  print('two\n');
  const drained = stdio.drain(500);
  native.closeFd(childFd);
  native.settle();
  await drained;
  assert.equal(text(), 'one\ntwo\n');
});

test('nothing is read before the start', (context) => {
  const { native, stdio, text, childFd } = open(context);
  native.writeSome(childFd, Buffer.from('early'));
  native.settle();
  assert.equal(text(), '');
  stdio.startOutput();
  native.settle();
  assert.equal(text(), 'early');
});

test('4096 bytes are kept whole, of more the beginning', (context) => {
  const { stdio, text, print } = open(context);
  stdio.startOutput();
  print('x'.repeat(4096));
  assert.equal(text(), 'x'.repeat(4096));
  print('y'.repeat(1_000_000));
  assert.equal(text(), `${'x'.repeat(4093)}...`);
});

test('no character is cut in two, and bytes that are no text are replaced', (context) => {
  const { stdio, text, print } = open(context);
  stdio.startOutput();
  print(Buffer.from([0x41, 0xff, 0x42]));
  assert.equal(text(), 'A\ufffdB');
  print('ä'.repeat(4096));
  assert.equal(text(), `A\ufffdB${'ä'.repeat(2045)}...`);
});

test('who still holds the pipe delays the end by the drain, and all that has been printed is read', async (context) => {
  const { native, stdio, text, childFd } = open(context);
  stdio.startOutput();
  let isDrained = false;
  void stdio.drain(500).then(() => (isDrained = true));
  native.writeSome(childFd, Buffer.from('last words'));
  context.mock.timers.tick(499);
  await settlePromises();
  assert.equal(isDrained, false);
  context.mock.timers.tick(1);
  await settlePromises();
  assert.equal(isDrained, true);
  assert.equal(text(), 'last words');
});

test('discard() closes everything', (context) => {
  const native = new FakeNative();
  context.after(() => native.dispose());
  const { stdio } = openHealthOutput(native);
  assert.ok(stdio.child.kind === 'descriptors');
  const fds = stdio.child.ends.map(({ fd }) => fd);
  stdio.discard();
  stdio.discard();
  assert.equal(
    fds.slice(1).some((fd) => native.isOpen(fd)),
    false,
  );
  stdio.startOutput();
});
