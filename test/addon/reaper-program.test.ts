import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { describe, it } from 'node:test';
import { CLONE_NEWPID, resourceLimits } from '../../addon/constants.ts';
import type { ReapedChild, SpawnResult } from '../../addon/native.ts';
import { buildReaper } from '../../addon/reaper/build.ts';
import { runChild } from './support/child.ts';
import { native } from './support/native.ts';
import { type ReaperPlace, RunningReaper } from './support/running-reaper.ts';
import { scratchDirectory } from './support/scratch.ts';

const scratch = scratchDirectory();
const reaper = join(scratch, 'reaper');
await buildReaper(reaper);
chmodSync(scratch, 0o755);
const { signals } = constants;
const inNamespace: ReaperPlace = { namespaces: CLONE_NEWPID };
const at = (name: string): string => join(scratch, name);
const systemPath = 'PATH=/usr/bin:/bin';

/** What a program below the reaper printed, and how the reaper ended. */
async function run(words: string[], env = [systemPath]): Promise<{ output: string; code: number }> {
  const { output, exit } = await runChild(
    (plan) =>
      plan.setResourceLimit(resourceLimits.RLIMIT_CORE, 0, 0).execute([reaper], [reaper, ...words], env),
    { namespaces: CLONE_NEWPID },
  );
  return { output, code: 'code' in exit ? exit.code : -1 };
}

const exitedWith = (child: SpawnResult, code: number): ReapedChild => ({
  state: 'exited',
  pid: child.pid,
  code,
});

describe('the reaper', () => {
  it('is small, static and the same every time', async () => {
    const bytes = readFileSync(reaper);
    assert.ok(statSync(reaper).size < 40_000);
    const again = join(scratch, 'again');
    await buildReaper(again);
    assert.deepEqual(readFileSync(again), bytes);
    assert.equal(bytes.includes('/lib64/ld-linux'), false);
  });

  it('ends with the exit code of its program', async () => {
    assert.deepEqual(await run(['sh', '-c', 'echo "$0|$1|$#"; exit 7', 'a b', '']), {
      output: 'a b||1\n',
      code: 7,
    });
    assert.deepEqual(await run(['true']), { output: '', code: 0 });
  });

  it('ends with 128 and the number of the signal that killed it', async () => {
    for (const name of ['SIGKILL', 'SIGTERM', 'SIGSEGV'] as const) {
      assert.equal((await run(['sh', '-c', `kill -${signals[name]} $$`])).code, 128 + signals[name]);
    }
  });

  it('is process 1 and its program is not', async () => {
    assert.deepEqual(await run(['sh', '-c', 'echo $$ $PPID']), { output: '2 1\n', code: 0 });
  });

  it('gives its program a clean signal state', async () => {
    const { output } = await runChild((plan) =>
      plan.execute([reaper], [reaper, 'cat', '/proc/self/status'], [systemPath]),
    );
    for (const set of ['SigBlk', 'SigIgn', 'SigCgt']) {
      assert.match(output, new RegExp(`^${set}:\\t0{16}$`, 'm'));
    }
  });
});

describe('the program that the reaper starts', () => {
  mkdirSync(at('first'));
  mkdirSync(at('second'));
  const write = (path: string, text: string, mode: number): void => {
    writeFileSync(at(path), text);
    chmodSync(at(path), mode);
  };
  write('first/closed', '#!/bin/sh\n', 0o644);
  write('second/closed', '#!/bin/sh\necho second\n', 0o755);
  write('second/nothing', 'neither ELF nor script\n', 0o755);
  write('first/locked', '#!/bin/sh\n', 0o644);
  const search = [`PATH=/nowhere:${'x'.repeat(4096)}:${at('first')}:${at('first/closed')}:${at('second')}`];

  it('is looked for in PATH, past what cannot be run', async () => {
    assert.deepEqual(await run(['closed'], search), { output: 'second\n', code: 0 });
    assert.equal((await run(['true'], [])).code, 0, 'without PATH, in /bin and /usr/bin');
  });

  const failures: [what: string, program: string, code: number, error: string][] = [
    ['is not there', 'missing', 127, 'ENOENT'],
    ['is not there, at its path', '/nowhere/missing', 127, 'ENOENT'],
    ['lies below a file', '/etc/passwd/x', 127, 'ENOTDIR'],
    ['has no name', '', 127, 'ENOENT'],
    ['may not be run', 'locked', 126, 'EACCES'],
    ['is a directory', '/etc', 126, 'EACCES'],
    ['has no known format', 'nothing', 126, 'ENOEXEC'],
  ];
  for (const [what, program, code, error] of failures) {
    it(`ends it with ${code} when it ${what}`, async () => {
      const output = `firstborn: cannot execute "${program}": ${error}\n`;
      assert.deepEqual(await run([program], search), { output, code });
    });
  }

  it('is named in a line that is cut rather than too long', async () => {
    const { output, code } = await run(['x'.repeat(3000)], search);
    assert.equal(code, 126, 'ENAMETOOLONG');
    assert.equal(output, `firstborn: cannot execute "${'x'.repeat(484)}\n`);
  });

  it('must be named', async () => {
    const output = 'firstborn: cannot start a program: the reaper was not told which\n';
    assert.deepEqual(await run([]), { output, code: 125 });
  });

  it('must be possible to start', async () => {
    const { output, exit } = await runChild((plan) => {
      plan.setUserId(54_321).setResourceLimit(resourceLimits.RLIMIT_NPROC, 1, 1);
      plan.execute([reaper], [reaper, 'true'], [systemPath]);
    });
    assert.equal(output, 'firstborn: cannot start "true": EAGAIN\n');
    assert.equal('code' in exit && exit.code, 125);
  });
});

describe('orphans', () => {
  const places: [where: string, place: ReaperPlace][] = [
    ['in a pid namespace of its own', inNamespace],
    ['in the pid namespace of others', {}],
  ];
  for (const [where, place] of places) {
    it(`come to the reaper and are reaped ${where}`, async () => {
      const orphans = 'i=0; while [ $i -lt 100 ]; do (sh -c : &); i=$((i + 1)); done';
      const running = new RunningReaper(reaper, `${orphans}; (sleep 1000 &); echo started; read line`, {
        ...place,
        terminal: true,
      });
      await running.output(/started/);
      // The program, and the one orphan that lives on.
      await until(() => childrenOf(running.child.pid).length === 2);
      const orphan = Number(childrenOf(running.child.pid)[1]);
      process.kill(orphan, 'SIGKILL');
      await until(() => childrenOf(running.child.pid).length === 1);
      running.type('\n');
      assert.deepEqual(await running.end(), exitedWith(running.child, 0));
    });
  }
});

describe('a signal to the reaper', () => {
  it('reaches its program', async () => {
    const running = new RunningReaper(
      reaper,
      'trap "echo heard; exit 3" TERM; echo ready; while :; do read line; done',
      { ...inNamespace, terminal: true },
    );
    await running.output(/ready/);
    native.signalPidfd(running.child.pidfd, signals.SIGTERM);
    await running.output(/heard/);
    assert.deepEqual(await running.end(), exitedWith(running.child, 3));
  });

  it('does so whatever it is', async () => {
    const firstRealTime = 32;
    const deadly = [signals.SIGHUP, signals.SIGINT, signals.SIGQUIT, signals.SIGABRT, signals.SIGSEGV];
    for (const signal of [...deadly, signals.SIGUSR2, signals.SIGALRM, firstRealTime, 64]) {
      const running = new RunningReaper(reaper, 'echo ready; exec sleep 1000', inNamespace);
      await running.output(/ready/);
      native.signalPidfd(running.child.pidfd, signal);
      assert.deepEqual(await running.end(), exitedWith(running.child, 128 + signal));
    }
  });
});

describe('on a terminal', () => {
  /** Process group, session and foreground group. */
  const show = 'cut -d" " -f5,6,8 /proc/self/stat';

  it('the program has the foreground with a process group of its own', async () => {
    const running = new RunningReaper(reaper, `${show}; echo ready; read line`, { terminal: true });
    const text = await running.output(/ready/);
    const [group, session, foreground] = (text.split('\r\n')[0] ?? '').split(' ').map(Number);
    assert.equal(foreground, group);
    assert.equal(session, running.child.pid);
    assert.notEqual(group, running.child.pid);
    running.type('\n');
    assert.deepEqual(await running.end(), exitedWith(running.child, 0));
  });

  it('what is typed reaches the program and not the reaper', async () => {
    const running = new RunningReaper(reaper, 'trap "echo once" INT; echo ready; read a; read b; exit 9', {
      ...inNamespace,
      terminal: true,
    });
    await running.output(/ready/);
    running.type('\x03');
    await running.output(/once/);
    running.type('\n\n');
    assert.deepEqual(await running.end(), exitedWith(running.child, 9));
    assert.equal((await running.output(/once/)).match(/once/g)?.length, 1);
  });
});

function childrenOf(pid: number): string[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await setImmediate();
}
