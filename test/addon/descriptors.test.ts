import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import {
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_NOFOLLOW,
  O_PATH,
  O_RDONLY,
  O_WRONLY,
} from '../../addon/constants.ts';
import { native } from './support/native.ts';
import { scratchDirectory } from './support/scratch.ts';

const scratch = scratchDirectory();
const root = join(scratch, 'root');
mkdirSync(join(root, 'etc'), { recursive: true });
writeFileSync(join(scratch, 'passwd'), 'the wrong one');
writeFileSync(join(root, 'etc/passwd'), 'the right one');

/** Where an opened path really is. */
function resolved(path: string, flags: number = O_PATH): string {
  const fd = native.openInRoot(root, path, flags, 0);
  const target = readlinkSync(`/proc/self/fd/${fd}`);
  closeSync(fd);
  return target;
}

describe('openInRoot()', () => {
  const inside = join(root, 'etc/passwd');

  it('takes absolute and relative paths for paths below the root', () => {
    for (const path of ['/etc/passwd', 'etc/passwd', '//etc/./passwd', 'etc/../etc/passwd']) {
      assert.equal(resolved(path), inside);
    }
  });

  it('does not climb out by "..", however often', () => {
    assert.equal(resolved('../../../../etc/passwd'), inside);
    assert.equal(resolved('/..'), root);
  });

  it('resolves symbolic links inside the root, those that point outside too', () => {
    symlinkSync('/etc/passwd', join(root, 'absolute'));
    symlinkSync('../../../passwd', join(root, 'climbing'));
    symlinkSync(scratch, join(root, 'outside'));
    symlinkSync('/', join(root, 'etc/slash'));
    assert.equal(resolved('absolute'), inside);
    assert.throws(() => resolved('climbing'), { code: 'ENOENT', syscall: 'openat2' });
    assert.throws(() => resolved('outside/passwd'), { code: 'ENOENT' });
    assert.equal(resolved('etc/slash/etc/slash/etc/passwd'), inside);
  });

  it('refuses the magic links of proc', () => {
    const fd = native.openInRoot('/', `proc/self`, O_PATH | O_DIRECTORY, 0);
    assert.throws(() => native.openInRoot('/', `/proc/self/fd/${fd}`, O_PATH, 0), { code: 'ELOOP' });
    assert.throws(() => native.openInRoot('/', `/proc/self/root/etc`, O_PATH, 0), { code: 'ELOOP' });
    closeSync(fd);
  });

  it('creates files with a mode and closes them on exec', () => {
    const before = process.umask(0o022);
    const fd = native.openInRoot(root, 'created', O_WRONLY | O_CREAT | O_EXCL, 0o666);
    process.umask(before);
    assert.equal(native.writeSome(fd, Buffer.from('text')), 4);
    assert.equal(fstatSync(fd).mode & 0o7777, 0o644);
    const flags = /flags:\t(\d+)/.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1];
    assert.equal(
      Number.parseInt(flags ?? '', 8) & ~0o100000,
      O_WRONLY | 0o2000000,
      'O_CLOEXEC, nothing else',
    );
    closeSync(fd);
    assert.equal(readFileSync(join(root, 'created'), 'utf8'), 'text');
  });

  it('ignores a mode when nothing is created', () => {
    closeSync(native.openInRoot(root, 'etc/passwd', O_RDONLY, 0o644));
  });

  it('does not wait for the other side of a FIFO', () => {
    execFileSync('mkfifo', [join(root, 'fifo')]);
    const fd = native.openInRoot(root, 'fifo', O_RDONLY, 0);
    assert.equal(native.readSome(fd, Buffer.alloc(1)), 0, 'no writer: the end');
    closeSync(fd);
    assert.throws(() => native.openInRoot(root, 'fifo', O_WRONLY, 0), { code: 'ENXIO' });
  });

  it('reports a missing root, a root that is no directory, and a final link under O_NOFOLLOW', () => {
    assert.throws(() => native.openInRoot(join(scratch, 'gone'), 'x', 0, 0), {
      code: 'ENOENT',
      syscall: 'openat',
    });
    assert.throws(() => native.openInRoot(inside, 'x', 0, 0), { code: 'ENOTDIR' });
    assert.throws(() => resolved('absolute', O_RDONLY | O_NOFOLLOW), { code: 'ELOOP' });
  });
});

describe('pipes', () => {
  it('carry bytes, would block when full or empty, and end', () => {
    const { readFd, writeFd } = native.makePipe();
    native.setNonblocking(readFd, true);
    native.setNonblocking(writeFd, true);
    const buffer = Buffer.alloc(1024 * 1024);
    assert.equal(native.readSome(readFd, buffer), -1);
    native.setPipeSize(writeFd, 8192);
    assert.equal(native.writeSome(writeFd, buffer), 8192);
    assert.equal(native.writeSome(writeFd, buffer), -1);
    assert.equal(native.readSome(readFd, buffer.subarray(0, 100)), 100);
    assert.equal(native.readSome(readFd, buffer), 8092);
    closeSync(writeFd);
    assert.equal(native.readSome(readFd, buffer), 0);
    closeSync(readFd);
  });

  it('refuse writing without a reader by EPIPE, not by a signal', () => {
    const { readFd, writeFd } = native.makePipe();
    closeSync(readFd);
    assert.throws(() => native.writeSome(writeFd, Buffer.from('x')), { code: 'EPIPE', syscall: 'write' });
    closeSync(writeFd);
  });

  it('are closed on exec', () => {
    const { readFd, writeFd } = native.makePipe();
    const target = readlinkSync(`/proc/self/fd/${readFd}`);
    const links = execFileSync('find', ['/proc/self/fd', '-printf', '%l\\n'], { encoding: 'utf8' });
    assert.ok(!links.includes(target), links);
    closeSync(readFd);
    closeSync(writeFd);
  });

  it('grow to what the kernel rounds up to', () => {
    const { readFd, writeFd } = native.makePipe();
    native.setNonblocking(writeFd, true);
    native.setPipeSize(writeFd, 1024 * 1024 - 1);
    assert.equal(native.writeSome(writeFd, Buffer.alloc(2 * 1024 * 1024)), 1024 * 1024);
    closeSync(readFd);
    closeSync(writeFd);
  });
});

describe('readSome() and writeSome()', () => {
  it('work on regular files and character devices', () => {
    const file = openSync(join(root, 'etc/passwd'), 'r');
    const buffer = new Uint8Array(64);
    assert.equal(native.readSome(file, buffer), 13);
    assert.equal(Buffer.from(buffer.subarray(0, 13)).toString(), 'the right one');
    assert.equal(native.readSome(file, buffer), 0);
    assert.throws(() => native.writeSome(file, buffer), { code: 'EBADF' });
    closeSync(file);
    const zero = openSync('/dev/zero', constants.O_RDWR);
    assert.equal(native.readSome(zero, buffer.fill(7)), 64);
    assert.deepEqual([...buffer], Array(64).fill(0));
    assert.equal(native.writeSome(zero, buffer), 64);
    closeSync(zero);
  });

  it('use the part of a buffer that a view shows', () => {
    const whole = Buffer.alloc(16, 1);
    const zero = openSync('/dev/zero', 'r');
    assert.equal(native.readSome(zero, whole.subarray(4, 8)), 4);
    closeSync(zero);
    assert.deepEqual([...whole], [1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1]);
  });

  it('report a directory', () => {
    const fd = openSync('/', 'r');
    assert.throws(() => native.readSome(fd, Buffer.alloc(1)), { code: 'EISDIR' });
    closeSync(fd);
  });
});

describe('setNonblocking()', () => {
  it('sets and clears one flag', () => {
    const { readFd, writeFd } = native.makePipe();
    const flags = (): number =>
      Number.parseInt(
        /flags:\t(\d+)/.exec(readFileSync(`/proc/self/fdinfo/${readFd}`, 'utf8'))?.[1] ?? '',
        8,
      );
    const before = flags();
    native.setNonblocking(readFd, true);
    assert.equal(flags(), before | 0o4000);
    native.setNonblocking(readFd, false);
    assert.equal(flags(), before);
    closeSync(readFd);
    closeSync(writeFd);
  });
});
