import assert from 'node:assert/strict';
import { closeSync, writeSync } from 'node:fs';
import { it } from 'node:test';
import { native } from './support/native.ts';

it('awaitReadable() tells of bytes, of an end, and of a time in which nothing came', () => {
  const pipe = native.makePipe();
  assert.equal(native.awaitReadable(pipe.readFd, 0), false);
  assert.equal(native.awaitReadable(pipe.readFd, 1), false);
  writeSync(pipe.writeFd, 'x');
  assert.equal(native.awaitReadable(pipe.readFd, 1000), true);
  assert.equal(native.readSome(pipe.readFd, Buffer.alloc(8)), 1);
  assert.equal(native.awaitReadable(pipe.readFd, 0), false);
  closeSync(pipe.writeFd);
  assert.equal(native.awaitReadable(pipe.readFd, 1000), true);
  assert.equal(native.readSome(pipe.readFd, Buffer.alloc(8)), 0);
  closeSync(pipe.readFd);
});

it('awaitReadable() refuses a closed descriptor and a wait of more than a second', () => {
  const pipe = native.makePipe();
  closeSync(pipe.writeFd);
  closeSync(pipe.readFd);
  assert.throws(() => native.awaitReadable(pipe.readFd, 0), { code: 'EBADF', syscall: 'ppoll' });
  assert.throws(() => native.awaitReadable(0, 1001), RangeError);
});

it('awaitWritable() tells of room, of a reader that went, and of a time in which there was none', () => {
  const pipe = native.makePipe();
  native.setNonblocking(pipe.writeFd, true);
  assert.equal(native.awaitWritable(pipe.writeFd, 0), true);
  while (native.writeSome(pipe.writeFd, Buffer.alloc(65_536)) !== -1);
  assert.equal(native.awaitWritable(pipe.writeFd, 1), false);
  native.readSome(pipe.readFd, Buffer.alloc(65_536));
  assert.equal(native.awaitWritable(pipe.writeFd, 1000), true);
  closeSync(pipe.readFd);
  assert.equal(native.awaitWritable(pipe.writeFd, 1000), true);
  closeSync(pipe.writeFd);
});
