import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, statSync } from 'node:fs';
import { describe, it } from 'node:test';
import { O_NOCTTY, O_RDWR } from '../../addon/constants.ts';
import { Plan } from '../../addon/plan.ts';
import { readHandshake, readToEnd } from './support/child.ts';
import { native } from './support/native.ts';
import { openPty } from './support/pty.ts';
import { scratchDirectory } from './support/scratch.ts';

const scratch = scratchDirectory();

const settings = (path: string): string => execFileSync('stty', ['-a', '-F', path], { encoding: 'utf8' });

describe('setRawMode()', () => {
  it('turns echo, line editing, signals and output processing off', async () => {
    const pty = await openPty(scratch);
    const fd = openSync(pty.path, constants.O_RDWR | constants.O_NOCTTY);
    assert.match(settings(pty.path), / echo .* echok/s);
    native.setRawMode(fd);
    const raw = settings(pty.path);
    for (const flag of ['-echo', '-icanon', '-isig', '-opost', '-ixon', '-icrnl']) {
      assert.ok(raw.split(/\s+/).includes(flag), `${flag} in ${raw}`);
    }
    assert.match(raw, /min = 1; time = 0;/);
    native.setNonblocking(fd, true);
    assert.equal(native.readSome(fd, Buffer.alloc(8)), -1, 'nothing to read yet');
    closeSync(fd);
    await pty.close();
  });

  it('reports a descriptor that is no terminal', () => {
    const fd = openSync('/dev/null', 'r');
    assert.throws(() => native.setRawMode(fd), { code: 'ENOTTY', syscall: 'tcgetattr' });
    closeSync(fd);
  });
});

describe('setControllingTerminal()', () => {
  it("makes a terminal the session's own", async () => {
    const pty = await openPty(scratch);
    const { readFd, writeFd } = native.makePipe();
    const plan = new Plan()
      .duplicateFd(writeFd, 1)
      .newSession()
      .openPath(0, pty.path, O_RDWR | O_NOCTTY);
    plan.duplicateSlot(0, 0).setControllingTerminal(0);
    plan.execute(['/bin/sh'], ['sh', '-c', 'cut -d" " -f7 /proc/self/stat; tty; echo x > /dev/tty'], []);
    const child = native.spawn(plan.bytes(), { namespaces: 0, cgroupFd: -1 });
    closeSync(writeFd);
    const output = await readToEnd(readFd);
    assert.equal((await readHandshake(child)).state, 'executed');
    assert.equal(output.toString(), `${statSync(pty.path).rdev}\n${pty.path}\n`);
    closeSync(child.pidfd);
    await pty.close();
  });
});
