import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { closeSync, writeSync } from 'node:fs';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { fdEvents, type FdWatch } from '../../addon/native.ts';
import { addonPath, native } from './support/native.ts';

const run = promisify(execFile);

/** Resolves with the events of the first call; the watch stays open. */
function firstEvents(fd: number, events: number): Promise<{ events: number; watch: FdWatch }> {
  const { promise, resolve } = Promise.withResolvers<{ events: number; watch: FdWatch }>();
  const watch = native.watchFd(fd, events, (got) => resolve({ events: got, watch }));
  return promise;
}

describe('watchFd()', () => {
  it('tells that bytes have come', async () => {
    const { readFd, writeFd } = native.makePipe();
    const waiting = firstEvents(readFd, fdEvents.readable);
    writeSync(writeFd, 'x');
    const { events, watch } = await waiting;
    assert.equal(events, fdEvents.readable);
    watch.close();
    closeSync(readFd);
    closeSync(writeFd);
  });

  it('tells that the last writer has gone', async () => {
    const { readFd, writeFd } = native.makePipe();
    closeSync(writeFd);
    const { events, watch } = await firstEvents(readFd, fdEvents.readable);
    assert.equal(events, fdEvents.readable | fdEvents.hangup);
    assert.equal(native.readSome(readFd, Buffer.alloc(1)), 0);
    watch.close();
    closeSync(readFd);
  });

  it('tells of a hang-up alone, not of bytes, when nothing else is asked for', async () => {
    const { readFd, writeFd } = native.makePipe();
    let hungUp = false;
    const { promise, resolve } = Promise.withResolvers<number>();
    const watch = native.watchFd(readFd, fdEvents.hangup, (events) => {
      assert.ok(hungUp, 'called for bytes');
      resolve(events);
    });
    writeSync(writeFd, 'x');
    await turnOfTheLoop();
    hungUp = true;
    closeSync(writeFd);
    assert.equal(await promise, fdEvents.readable | fdEvents.hangup);
    watch.close();
    closeSync(readFd);
  });

  it('tells bytes and hang-up together', async () => {
    const { readFd, writeFd } = native.makePipe();
    writeSync(writeFd, 'x');
    closeSync(writeFd);
    const { events, watch } = await firstEvents(readFd, fdEvents.readable);
    assert.equal(events, fdEvents.readable | fdEvents.hangup);
    watch.close();
    closeSync(readFd);
  });

  it('tells room for writing, and a reader that has gone', async () => {
    const { readFd, writeFd } = native.makePipe();
    const room = await firstEvents(writeFd, fdEvents.writable);
    assert.equal(room.events, fdEvents.writable);
    room.watch.close();
    closeSync(readFd);
    const { events, watch } = await firstEvents(writeFd, fdEvents.writable);
    assert.equal(events & fdEvents.hangup, fdEvents.hangup);
    assert.equal(events & fdEvents.readable, fdEvents.readable);
    assert.throws(() => native.writeSome(writeFd, Buffer.from('x')), { code: 'EPIPE' });
    watch.close();
    closeSync(writeFd);
  });

  it('goes on telling while the reason lasts, errors too', async () => {
    const { readFd, writeFd } = native.makePipe();
    closeSync(readFd);
    let calls = 0;
    const { promise, resolve } = Promise.withResolvers<void>();
    const watch = native.watchFd(writeFd, fdEvents.writable, () => {
      if (++calls === 5) resolve();
    });
    await promise;
    watch.close();
    closeSync(writeFd);
  });

  it('pauses and goes on by update()', async () => {
    const { readFd, writeFd } = native.makePipe();
    writeSync(writeFd, 'x');
    let calls = 0;
    const { promise, resolve } = Promise.withResolvers<void>();
    const watch = native.watchFd(readFd, 0, () => {
      calls++;
      watch.update(0);
      resolve();
    });
    await turnOfTheLoop();
    assert.equal(calls, 0, 'paused from the start');
    watch.update(fdEvents.readable);
    await promise;
    await turnOfTheLoop();
    assert.equal(calls, 1, 'paused again by its callback');
    watch.close();
    closeSync(readFd);
    closeSync(writeFd);
  });

  it('calls nobody after close()', async () => {
    const { readFd, writeFd } = native.makePipe();
    const watch = native.watchFd(readFd, fdEvents.readable, () => assert.fail('called after close'));
    writeSync(writeFd, 'x');
    watch.close();
    await turnOfTheLoop();
    closeSync(readFd);
    closeSync(writeFd);
  });

  it('lives without a reference, through garbage collections', async () => {
    const script = `
      const module = { exports: {} };
      process.dlopen(module, ${JSON.stringify(addonPath)});
      const { makePipe, watchFd, readSome, writeSome } = module.exports;
      const { readFd, writeFd } = makePipe();
      watchFd(readFd, 1, () => { console.log('called'); process.exit(); });
      for (let i = 0; i < 5; i++) gc();
      setImmediate(() => { gc(); writeSome(writeFd, Buffer.from('x')); });`;
    const { stdout } = await run(process.execPath, ['--expose-gc', '-e', script]);
    assert.equal(stdout, 'called\n');
  });

  it('keeps the event loop alive until close()', async () => {
    const script = `
      const module = { exports: {} };
      process.dlopen(module, ${JSON.stringify(addonPath)});
      const { makePipe, watchFd } = module.exports;
      const { readFd, writeFd } = makePipe();
      const watch = watchFd(readFd, 1, () => { console.log('called'); watch.close(); });
      require('node:fs').writeSync(writeFd, 'x');
      process.on('exit', () => console.log('exit'));`;
    const { stdout } = await run(process.execPath, ['-e', script]);
    assert.equal(stdout, 'called\nexit\n');
  });

  it("makes a callback's error the process's uncaught exception and runs its promises", async () => {
    const script = `
      const module = { exports: {} };
      process.dlopen(module, ${JSON.stringify(addonPath)});
      const { makePipe, watchFd } = module.exports;
      const { readFd, writeFd } = makePipe();
      require('node:fs').writeSync(writeFd, 'x');
      process.on('uncaughtException', (error) => { console.log('uncaught', error.message); });
      let calls = 0;
      const watch = watchFd(readFd, 1, () => {
        Promise.resolve().then(() => console.log('microtask', calls));
        if (++calls === 2) watch.close();
        throw new Error('mine ' + calls);
      });`;
    const { stdout } = await run(process.execPath, ['-e', script]);
    assert.deepEqual(stdout.trim().split('\n').toSorted(), [
      'microtask 1',
      'microtask 2',
      'uncaught mine 1',
      'uncaught mine 2',
    ]);
  });

  it('refuses an update after the descriptor was closed too early', () => {
    const { readFd, writeFd } = native.makePipe();
    const watch = native.watchFd(readFd, 0, () => {});
    closeSync(readFd);
    assert.throws(() => watch.update(fdEvents.readable), { code: 'EBADF' });
    watch.close();
    closeSync(writeFd);
  });
});

/** Lets the event loop poll at least once: a pipe of our own becomes readable in that turn. */
async function turnOfTheLoop(): Promise<void> {
  const { readFd, writeFd } = native.makePipe();
  const waiting = firstEvents(readFd, fdEvents.readable);
  writeSync(writeFd, 'x');
  const { watch } = await waiting;
  watch.close();
  closeSync(readFd);
  closeSync(writeFd);
  await new Promise((resolve) => setImmediate(resolve));
}
