import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConsoleWriter } from '../../../../init/log/console-writer.ts';

/** A console with room for so many bytes; waiting for more gives what `comes` has next, or nothing. */
function makeConsole(roomBytes: number, comes: number[] = []) {
  const waits: number[] = [];
  let text = '';
  let room = roomBytes;
  const writer = new ConsoleWriter(
    {
      writeSome: (_fd, bytes) => {
        if (room === 0) return -1;
        const taken = bytes.subarray(0, room);
        text += Buffer.from(taken).toString();
        room -= taken.length;
        return taken.length;
      },
      awaitWritable: (_fd, timeoutMs) => {
        waits.push(timeoutMs);
        room = comes.shift() ?? 0;
        return room > 0;
      },
    },
    '/dev/null',
  );
  return {
    writer,
    waits,
    text: () => text,
    takeMore: (bytes: number) => {
      room = bytes;
    },
  };
}

test('a line that is taken piece by piece arrives whole', () => {
  const { writer, text, waits } = makeConsole(3, [4, 100]);
  writer.write('one line\n');
  assert.equal(text(), 'one line\n');
  assert.equal(waits.length, 2);
  assert.ok(waits.every((timeoutMs) => timeoutMs > 0 && timeoutMs <= 1000));
});

test('a console that takes nothing holds up one line for a second, and none behind it', () => {
  const { writer, text, waits } = makeConsole(4);
  for (const line of ['one line\n', 'two\n', 'three\n']) writer.write(line);
  assert.equal(text(), 'one ');
  assert.equal(waits.length, 1);
});

test('when it takes lines again, it is told how many it missed', () => {
  const { writer, text, takeMore } = makeConsole(4);
  for (const line of ['one line\n', 'two\n', 'three\n']) writer.write(line);
  takeMore(1000);
  writer.write('four\n');
  writer.write('five\n');
  assert.equal(
    text(),
    'one \n{"level":40,"lines":3,"msg":"the console did not take lines of the log"}\nfour\nfive\n',
  );
});

function gone(): never {
  throw new Error('EIO');
}

test('a console that is gone costs its lines and nothing else', () => {
  const writer = new ConsoleWriter({ writeSome: gone, awaitWritable: gone }, '/dev/null');
  writer.write('one line\n');
});
