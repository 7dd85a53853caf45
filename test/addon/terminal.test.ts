import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { describe, it } from 'node:test';
import { MS_NOEXEC, MS_NOSUID } from '../../addon/constants.ts';
import { fdEvents, type OpenedTerminal } from '../../addon/native.ts';
import { Plan } from '../../addon/plan.ts';
import { readable, readHandshake, readToEnd, waitForEnd } from './support/child.ts';
import { native } from './support/native.ts';
import { scratchDirectory } from './support/scratch.ts';

const ptmx = '/dev/ptmx';
const scratch = scratchDirectory();

const slavePath = (terminal: OpenedTerminal): string => readlinkSync(`/proc/self/fd/${terminal.slaveFd}`);
const settings = (path: string): string => execFileSync('stty', ['-a', '-F', path], { encoding: 'utf8' });
const flagsOf = (fd: number): number =>
  Number.parseInt(/flags:\t(\d+)/.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1] ?? '0', 8);

function closeTerminal({ outputFd, inputFd, slaveFd }: OpenedTerminal): void {
  for (const fd of [outputFd, inputFd, slaveFd]) closeSync(fd);
}

/** Starts a plan as leader of a session with `terminal` as its controlling one, and lets go of the slave. */
function startOn(terminal: OpenedTerminal, script: string): ReturnType<typeof native.spawn> {
  const plan = new Plan().newSession();
  for (const fd of [0, 1, 2]) plan.duplicateFd(terminal.slaveFd, fd);
  plan.setControllingTerminal(0);
  plan.execute(['/bin/sh'], ['sh', '-c', script], ['PATH=/usr/bin:/bin']);
  const child = native.spawn(plan.bytes(), { namespaces: 0, cgroupFd: -1 });
  closeSync(terminal.slaveFd);
  return child;
}

/** Reads what the terminal prints up to `end`, or to EIO when there is none. */
async function readTerminal(fd: number, end?: string): Promise<string> {
  const buffer = Buffer.alloc(4096);
  let text = '';
  for (;;) {
    await readable(fd);
    try {
      const length = native.readSome(fd, buffer);
      text += buffer.toString('latin1', 0, Math.max(length, 0));
      if (end !== undefined && text.endsWith(end)) return text;
    } catch (error) {
      assert.equal((error as NodeJS.ErrnoException).code, 'EIO');
      return text;
    }
  }
}

describe('openTerminal()', () => {
  it('gives a master twice, non-blocking, and a slave that blocks, none of them inherited', () => {
    const terminal = native.openTerminal(ptmx);
    const { O_RDWR, O_NONBLOCK } = constants;
    const cloexec = 0o2000000;
    const kept = O_RDWR | O_NONBLOCK | cloexec;
    assert.equal(flagsOf(terminal.outputFd) & kept, O_RDWR | O_NONBLOCK | cloexec);
    assert.equal(flagsOf(terminal.inputFd) & kept, O_RDWR | O_NONBLOCK | cloexec);
    assert.equal(flagsOf(terminal.slaveFd) & kept, O_RDWR | cloexec);
    assert.match(slavePath(terminal), /^\/dev\/pts\/\d+$/);
    closeTerminal(terminal);
  });

  it('carries what is typed and printed, and ends with EIO', async () => {
    const terminal = native.openTerminal(ptmx);
    const child = startOn(terminal, 'read line; echo "got $line"');
    native.writeSome(terminal.inputFd, Buffer.from('word\n'));
    assert.equal(await readTerminal(terminal.outputFd), 'word\r\ngot word\r\n');
    assert.equal((await readHandshake(child)).state, 'executed');
    await waitForEnd(child);
    closeSync(terminal.outputFd);
    closeSync(terminal.inputFd);
  });

  it('lets both masters have a watch of their own', () => {
    const terminal = native.openTerminal(ptmx);
    const watches = [
      native.watchFd(terminal.outputFd, fdEvents.readable, () => {}),
      native.watchFd(terminal.inputFd, fdEvents.writable, () => {}),
    ];
    for (const watch of watches) watch.close();
    closeTerminal(terminal);
  });

  it('never becomes the controlling terminal of this process', () => {
    const before = readFileSync('/proc/self/stat', 'utf8').split(' ')[6];
    const terminal = native.openTerminal(ptmx);
    assert.equal(readFileSync('/proc/self/stat', 'utf8').split(' ')[6], before);
    closeTerminal(terminal);
  });

  it('opens the slave of a devpts instance that is mounted elsewhere', () => {
    const pts = new Plan().mount({
      source: 'devpts',
      target: scratch,
      type: 'devpts',
      flags: MS_NOSUID | MS_NOEXEC,
      data: 'newinstance,ptmxmode=0666',
    });
    assert.equal(native.runPlan(pts.bytes()).state, 'done');
    try {
      const terminal = native.openTerminal(`${scratch}/ptmx`);
      assert.equal(slavePath(terminal), `${scratch}/0`);
      closeTerminal(terminal);
    } finally {
      assert.equal(native.runPlan(new Plan().unmount(scratch).bytes()).state, 'done');
    }
  });

  it('reports a path that is missing and one that is no ptmx', () => {
    assert.throws(() => native.openTerminal('/nowhere/ptmx'), { code: 'ENOENT', syscall: 'openat' });
    assert.throws(() => native.openTerminal('/dev/null'), { code: 'ENOTTY', syscall: 'TIOCSPTLCK' });
  });
});

describe('setTerminalSize()', () => {
  it('sets rows and columns from either side', () => {
    const terminal = native.openTerminal(ptmx);
    native.setTerminalSize(terminal.outputFd, 24, 80);
    assert.match(settings(slavePath(terminal)), /rows 24; columns 80;/);
    native.setTerminalSize(terminal.slaveFd, 65_535, 1);
    assert.match(settings(slavePath(terminal)), /rows 65535; columns 1;/);
    closeTerminal(terminal);
  });

  it('tells the foreground process group', async () => {
    const terminal = native.openTerminal(ptmx);
    native.setTerminalSize(terminal.outputFd, 24, 80);
    const child = startOn(terminal, `trap 'stty size; exit' WINCH; echo ready; while :; do read x; done`);
    assert.equal(await readTerminal(terminal.outputFd, 'ready\r\n'), 'ready\r\n');
    native.setTerminalSize(terminal.inputFd, 50, 132);
    // The shell runs a trap once its read has ended.
    native.writeSome(terminal.inputFd, Buffer.from('\n'));
    assert.match(await readTerminal(terminal.outputFd), /50 132\r\n$/);
    await readHandshake(child);
    await waitForEnd(child);
    closeSync(terminal.outputFd);
    closeSync(terminal.inputFd);
  });

  it('reports a descriptor that is no terminal', () => {
    const fd = openSync('/dev/null', 'r');
    assert.throws(() => native.setTerminalSize(fd, 24, 80), { code: 'ENOTTY', syscall: 'TIOCSWINSZ' });
    closeSync(fd);
  });
});

describe('setRawMode()', () => {
  it('turns echo, line editing, signals and output processing off', () => {
    const terminal = native.openTerminal(ptmx);
    const path = slavePath(terminal);
    assert.match(settings(path), / echo .* echok/s);
    native.setRawMode(terminal.slaveFd);
    const raw = settings(path);
    for (const flag of ['-echo', '-icanon', '-isig', '-opost', '-ixon', '-icrnl']) {
      assert.ok(raw.split(/\s+/).includes(flag), `${flag} in ${raw}`);
    }
    assert.match(raw, /min = 1; time = 0;/);
    native.setNonblocking(terminal.slaveFd, true);
    assert.equal(native.readSome(terminal.slaveFd, Buffer.alloc(8)), -1, 'nothing to read yet');
    closeTerminal(terminal);
  });

  it('reports a descriptor that is no terminal', () => {
    const fd = openSync('/dev/null', 'r');
    assert.throws(() => native.setRawMode(fd), { code: 'ENOTTY', syscall: 'tcgetattr' });
    closeSync(fd);
  });
});

describe('setControllingTerminal()', () => {
  it("makes a terminal the session's own", async () => {
    const terminal = native.openTerminal(ptmx);
    const path = slavePath(terminal);
    const device = statSync(path).rdev;
    const { readFd, writeFd } = native.makePipe();
    const plan = new Plan().duplicateFd(writeFd, 1).newSession().duplicateFd(terminal.slaveFd, 0);
    plan.setControllingTerminal(0);
    plan.execute(['/bin/sh'], ['sh', '-c', 'cut -d" " -f7 /proc/self/stat; tty; echo x > /dev/tty'], []);
    const child = native.spawn(plan.bytes(), { namespaces: 0, cgroupFd: -1 });
    closeSync(writeFd);
    const output = await readToEnd(readFd);
    assert.equal((await readHandshake(child)).state, 'executed');
    assert.equal(output.toString(), `${device}\n${path}\n`);
    await waitForEnd(child);
    closeTerminal(terminal);
  });
});
