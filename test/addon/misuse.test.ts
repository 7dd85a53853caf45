import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import type { Native } from '../../addon/native.ts';
import { Plan } from '../../addon/plan.ts';
import { addonPath, native } from './support/native.ts';

const plan = new Plan().bytes();
const nothing = (): void => {};
/** A descriptor number that is surely not open. */
const closedFd = 1_000_000;

/** Calls an export with anything. */
const call = (name: keyof Native, ...words: unknown[]): unknown =>
  (native[name] as (...words: unknown[]) => unknown)(...words);

const countsOfArguments: [keyof Native, number][] = [
  ['runPlan', 1],
  ['runTimedPlan', 2],
  ['spawn', 2],
  ['continueChild', 1],
  ['reapChild', 0],
  ['signalPidfd', 2],
  ['openInRoot', 4],
  ['makePipe', 0],
  ['setNonblocking', 2],
  ['setPipeSize', 2],
  ['awaitReadable', 2],
  ['awaitWritable', 2],
  ['readSome', 2],
  ['writeSome', 2],
  ['watchFd', 3],
  ['openTerminal', 1],
  ['setTerminalSize', 3],
  ['setRawMode', 1],
  ['openUeventSocket', 0],
  ['createMappedDevice', 1],
  ['removeMappedDevice', 2],
  ['mappedDeviceStatus', 2],
  ['stepClock', 1],
  ['addEntropy', 1],
  ['disableControlAltDelete', 0],
  ['reboot', 1],
  ['installLastResort', 1],
];

describe('the addon', () => {
  it('exports what the contract says and nothing else', () => {
    assert.deepEqual(Object.keys(native).toSorted(), countsOfArguments.map(([name]) => name).toSorted());
  });

  it('refuses to load in a worker thread', async () => {
    const worker = new Worker(`process.dlopen({ exports: {} }, ${JSON.stringify(addonPath)})`, {
      eval: true,
    });
    const { promise, resolve } = Promise.withResolvers<Error>();
    worker.on('error', resolve);
    assert.match((await promise).message, /Cannot load the addon in a worker thread/);
  });
});

describe('every export', () => {
  for (const [name, count] of countsOfArguments) {
    it(`${name}() refuses another number of arguments`, () => {
      for (const wrong of [count - 1, count + 1, count + 20]) {
        if (wrong >= 0) assert.throws(() => call(name, ...Array(wrong).fill(0)), TypeError);
      }
    });
    if (count === 0) continue;
    it(`${name}() refuses arguments of the wrong type`, () => {
      for (const wrong of [undefined, null, {}, [], Symbol('x'), 7n, nothing, new Uint16Array(4)]) {
        assert.throws(() => call(name, ...Array(count).fill(wrong)), TypeError);
      }
    });
  }

  it('refuses numbers that are no descriptors', () => {
    for (const fd of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31]) {
      assert.throws(() => native.setRawMode(fd), RangeError);
      assert.throws(() => native.readSome(fd, Buffer.alloc(1)), RangeError);
      assert.throws(() => native.watchFd(fd, 1, nothing), RangeError);
      assert.throws(() => native.installLastResort(fd), RangeError);
    }
  });

  it('reports a closed descriptor as EBADF', () => {
    const expected = { code: 'EBADF', errno: 9 };
    assert.throws(() => native.readSome(closedFd, Buffer.alloc(1)), { ...expected, syscall: 'read' });
    assert.throws(() => native.writeSome(closedFd, Buffer.alloc(1)), { ...expected, syscall: 'write' });
    assert.throws(() => native.setNonblocking(closedFd, true), expected);
    assert.throws(() => native.setPipeSize(closedFd, 4096), expected);
    assert.throws(() => native.setRawMode(closedFd), expected);
    assert.throws(() => native.setTerminalSize(closedFd, 1, 1), { ...expected, syscall: 'TIOCSWINSZ' });
    assert.throws(() => native.signalPidfd(closedFd, 0), expected);
    assert.throws(() => native.watchFd(closedFd, 1, nothing), expected);
    assert.throws(() => native.continueChild(closedFd), { ...expected, syscall: 'sendto' });
    assert.throws(() => native.installLastResort(closedFd), expected);
    assert.throws(() => native.spawn(plan, { namespaces: 0, cgroupFd: closedFd }), {
      ...expected,
      syscall: 'clone3',
    });
    assert.throws(() => native.spawn(plan, { namespaces: 0, cgroupFd: -1, pidNamespaceFd: closedFd }), {
      ...expected,
      syscall: 'setns',
    });
  });

  it('words a failed call like an error of this project', () => {
    assert.throws(() => native.setRawMode(closedFd), { message: 'Cannot call tcgetattr: EBADF' });
  });
});

describe('single arguments', () => {
  it('readSome() refuses an empty buffer, which would look like the end', () => {
    assert.throws(() => native.readSome(0, new Uint8Array(0)), RangeError);
  });

  it('bytes of a detached buffer are refused', () => {
    const bytes = new Uint8Array(8);
    structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
    assert.throws(() => native.readSome(0, bytes), RangeError);
    assert.throws(() => native.runPlan(bytes), RangeError);
  });

  it('spawn() refuses options without numbers and flags that are no namespaces', () => {
    assert.throws(() => call('spawn', plan, {}), TypeError);
    assert.throws(() => call('spawn', plan, { namespaces: '0', cgroupFd: -1 }), TypeError);
    assert.throws(() => native.spawn(plan, { namespaces: 0, cgroupFd: -2 }), RangeError);
    const place = { namespaces: 0, cgroupFd: -1 };
    assert.throws(() => native.spawn(plan, { ...place, pidNamespaceFd: -2 }), RangeError);
    assert.throws(() => call('spawn', plan, { ...place, pidNamespaceFd: null }), TypeError);
    // CLONE_VM and CLONE_FILES would let the child work in this process's memory.
    for (const namespaces of [0x100, 0x400, 0x8000_0000, -1]) {
      assert.throws(() => native.spawn(plan, { namespaces, cgroupFd: -1 }), RangeError);
    }
  });

  it("spawn() passes on what an option's getter throws", () => {
    for (const name of ['namespaces', 'pidNamespaceFd']) {
      const options = Object.defineProperty({ namespaces: 0, cgroupFd: -1 }, name, {
        get: () => {
          throw new SyntaxError('mine');
        },
      });
      assert.throws(() => native.spawn(plan, options), SyntaxError);
    }
  });

  it('spawn() reports a cgroup descriptor that is none', () => {
    const fd = openSync('/', 'r');
    assert.throws(() => native.spawn(plan, { namespaces: 0, cgroupFd: fd }), { syscall: 'clone3' });
    closeSync(fd);
  });

  it('signalPidfd() refuses a descriptor that is no pidfd and a signal that is none', () => {
    assert.throws(() => native.signalPidfd(0, 65), RangeError);
    const { readFd, writeFd } = native.makePipe();
    assert.throws(() => native.signalPidfd(readFd, 0), { code: 'EBADF' });
    closeSync(readFd);
    closeSync(writeFd);
  });

  it('openInRoot() refuses a NUL in a path', () => {
    assert.throws(() => native.openInRoot('/\0', 'x', 0, 0), RangeError);
    assert.throws(() => native.openInRoot('/', 'x\0', 0, 0), RangeError);
  });

  it('openTerminal() refuses a NUL in its path', () => {
    assert.throws(() => native.openTerminal('/dev/ptmx\0'), RangeError);
  });

  it('setTerminalSize() refuses what does not fit into 16 bits', () => {
    for (const wrong of [-1, 1.5, 65_536]) {
      assert.throws(() => native.setTerminalSize(0, wrong, 80), RangeError);
      assert.throws(() => native.setTerminalSize(0, 24, wrong), RangeError);
    }
  });

  it('reboot() refuses a word that it does not know', () => {
    assert.throws(() => call('reboot', 'now'), RangeError);
  });

  it('watchFd() refuses a regular file and a second watch of one descriptor', () => {
    const file = openSync(import.meta.filename, 'r');
    assert.throws(() => native.watchFd(file, 1, nothing), { code: 'EPERM' });
    closeSync(file);
    const { readFd, writeFd } = native.makePipe();
    const watch = native.watchFd(readFd, 1, nothing);
    assert.throws(() => native.watchFd(readFd, 1, nothing), { code: 'EEXIST' });
    assert.throws(() => watch.update(8), RangeError);
    watch.close();
    closeSync(readFd);
    closeSync(writeFd);
  });

  it('a closed watch refuses updates and can be closed again', () => {
    const { readFd, writeFd } = native.makePipe();
    const watch = native.watchFd(readFd, 1, nothing);
    watch.close();
    watch.close();
    assert.throws(() => watch.update(1), { code: 'EBADF' });
    closeSync(readFd);
    closeSync(writeFd);
  });

  it('methods of a watch refuse another object', () => {
    const { readFd, writeFd } = native.makePipe();
    const watch = native.watchFd(readFd, 0, nothing);
    assert.throws(() => watch.close.call({} as never), TypeError);
    watch.close();
    closeSync(readFd);
    closeSync(writeFd);
  });
});

describe('process exit', () => {
  it('with an open watch is clean', () => {
    const script = `
      const module = { exports: {} };
      process.dlopen(module, ${JSON.stringify(addonPath)});
      const { readFd } = module.exports.makePipe();
      module.exports.watchFd(readFd, 1, () => {});
      setImmediate(() => process.exit(7));`;
    assert.throws(() => execFileSync(process.execPath, ['-e', script]), { status: 7, signal: null });
  });
});
