import assert from 'node:assert/strict';
import { closeSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { readable } from './support/child.ts';
import { native } from './support/native.ts';

const device = '/devices/virtual/mem/null';
const buffer = Buffer.alloc(8192);

/** Makes the kernel say that /dev/null has changed, which nobody minds. */
function announceChange(): void {
  writeFileSync(`/sys${device}/uevent`, 'change');
}

/** The next message about our device: the machine may have others to tell. */
async function nextMessage(fd: number): Promise<string[]> {
  for (;;) {
    const length = native.readSome(fd, buffer);
    if (length < 0) await readable(fd);
    const words = buffer.toString('latin1', 0, Math.max(length, 0)).split('\0');
    if (words[0] === `change@${device}`) return words;
  }
}

describe('openUeventSocket()', () => {
  it('hears what the kernel says, one message per read', async () => {
    const fd = native.openUeventSocket();
    announceChange();
    announceChange();
    for (let count = 0; count < 2; count++) {
      const words = await nextMessage(fd);
      for (const word of ['ACTION=change', `DEVPATH=${device}`, 'SUBSYSTEM=mem', 'DEVNAME=null']) {
        assert.ok(words.includes(word), `${word} in ${words.join(' ')}`);
      }
      assert.equal(words.filter((word) => word.startsWith('SEQNUM=')).length, 1);
      assert.equal(words.at(-1), '');
    }
    closeSync(fd);
  });

  it('cuts a message off that does not fit', async () => {
    const fd = native.openUeventSocket();
    announceChange();
    const prefix = Buffer.alloc(7);
    while (!prefix.equals(Buffer.from('change@'))) if (native.readSome(fd, prefix) < 0) await readable(fd);
    announceChange();
    assert.equal((await nextMessage(fd))[0], `change@${device}`, 'the rest of the first one is gone');
    closeSync(fd);
  });

  it('says ENOBUFS once when messages were lost, and goes on', async () => {
    const fd = native.openUeventSocket();
    for (let count = 0; count < 5000; count++) announceChange();
    assert.throws(() => native.readSome(fd, buffer), { code: 'ENOBUFS', syscall: 'read' });
    assert.equal((await nextMessage(fd)).includes('ACTION=change'), true);
    closeSync(fd);
  });

  it('is not inherited and does not block', () => {
    const fd = native.openUeventSocket();
    const flags = /flags:\t(\d+)/.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1] ?? '0';
    assert.equal(Number.parseInt(flags, 8), 0o2004002, 'O_CLOEXEC | O_NONBLOCK | O_RDWR');
    closeSync(fd);
  });
});
