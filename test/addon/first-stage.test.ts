import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { CLONE_NEWNS, CLONE_NEWPID, MS_BIND, MS_PRIVATE, MS_REC } from '../../addon/constants.ts';
import { buildFirstStage } from '../../addon/first-stage/build.ts';
import { Plan } from '../../addon/plan.ts';
import { type ChildResult, runChild } from './support/child.ts';
import { scratchDirectory } from './support/scratch.ts';

const scratch = scratchDirectory();
const at = (name: string): string => join(scratch, name);
const program = at('first-stage');
const paths = { plan: at('plan'), nextProgram: at('next') };

/** reboot(2): process 1 of a pid namespace that powers it off dies of this. */
const SIGINT = 2;

function assertPoweredOff({ exit }: ChildResult): void {
  assert.deepEqual(exit, { state: 'signaled', pid: exit.pid, signal: SIGINT, coreDumped: false });
}

before(async () => {
  await buildFirstStage(program, paths);
  writeFileSync(paths.nextProgram, '#!/bin/sh\necho "$# $1 $A $$"\n', { mode: 0o755 });
});

/** Writes the plan's file. */
function writePlan(plan: Plan, texts: string[]): void {
  writeFileSync(
    paths.plan,
    Buffer.concat([plan.bytes(), Buffer.from(texts.map((text) => `${text}\n`).join(''))]),
  );
}

interface Outcome extends ChildResult {
  /** What it wrote to the kernel's log. */
  log: string;
}

/**
 * Runs the first stage as process 1 of namespaces of its own, where a file is the kernel's log: its power-off is the end
 * of them and not of this machine.
 */
async function runFirstStage(options: { hasLog?: boolean } = {}): Promise<Outcome> {
  const log = at('kmsg');
  writeFileSync(log, '');
  const result = await runChild(
    (plan) => {
      plan.mount({ target: '/', flags: MS_REC | MS_PRIVATE });
      plan.mount({ source: 'tmpfs', target: '/dev', type: 'tmpfs' });
      if (options.hasLog !== false) {
        plan.writeFile('/dev/kmsg', '', { create: true });
        plan.mount({ source: log, target: '/dev/kmsg', flags: MS_BIND });
      }
      plan.execute([program], ['/init', 'two words'], ['A=value']);
    },
    { namespaces: CLONE_NEWNS | CLONE_NEWPID },
  );
  return { ...result, log: readFileSync(log, 'latin1') };
}

describe('the first stage', () => {
  it('is a static program of some kilobytes with no path of this machine in it', () => {
    const bytes = readFileSync(program);
    assert.ok(bytes.length < 64 * 1024, `${bytes.length} bytes`);
    assert.equal(bytes.indexOf(join(import.meta.dirname, '../..')), -1);
  });

  it('runs its plan and becomes the next program, with the words and the environment that it was given', async () => {
    writePlan(new Plan().makeDirectory(at('made'), 0o700), ['make a directory']);
    const { output, exit, log } = await runFirstStage();
    assert.equal(output, '1 two words value 1\n');
    assert.deepEqual([exit.state, log], ['exited', '']);
    assert.ok(existsSync(at('made')));
  });

  it('goes on after what its plan allows to fail, and tells of it', async () => {
    mkdirSync(at('there'), { recursive: true });
    const plan = new Plan()
      .makeDirectory(at('there'), 0o700, { accept: ['EEXIST'] })
      .makeDirectory(at('there'), 0o700, { orWarn: true });
    writePlan(plan, ['make one', 'make the other']);
    const { output, log } = await runFirstStage();
    assert.equal(output, '1 two words value 1\n');
    assert.equal(log, '<4>firstborn: Cannot make the other: EEXIST\n');
  });

  it('names the operation that failed and its errno in one line, and takes the power away', async () => {
    const plan = new Plan().sync().mount({ source: '/none', target: '/none', type: 'tmpfs' }).sync();
    writePlan(plan, ['sync', 'mount "/none"', 'sync again']);
    const outcome = await runFirstStage();
    assert.deepEqual([outcome.output, outcome.log], ['', '<3>firstborn: Cannot mount "/none": ENOENT\n']);
    assertPoweredOff(outcome);
  });

  it('uses standard error where there is no log', async () => {
    writePlan(new Plan().changeDirectory('/dev/none'), ['go there']);
    const outcome = await runFirstStage({ hasLog: false });
    assert.equal(outcome.output, 'firstborn: Cannot go there: ENOENT\n');
    assertPoweredOff(outcome);
  });

  const sync = new Plan().sync().bytes();
  const bad: [what: string, file: Uint8Array, line: string][] = [
    ['is empty', Buffer.alloc(0), `use "${paths.plan}": EINVAL`],
    ['is cut', sync.subarray(0, sync.length - 4), `use "${paths.plan}": EINVAL`],
    ['is no plan', Buffer.alloc(100, 1), `use "${paths.plan}": EINVAL`],
    ['is too long', Buffer.alloc(70_000), `read "${paths.plan}": EFBIG`],
    ['waits for a parent', new Plan().awaitParent(1).bytes(), ': EPERM'],
  ];
  for (const [what, file, line] of bad) {
    it(`refuses a file that ${what}`, async () => {
      writeFileSync(paths.plan, file);
      const outcome = await runFirstStage();
      assertPoweredOff(outcome);
      const { log } = outcome;
      assert.ok(log.startsWith('<3>firstborn: Cannot ') && log.endsWith(`${line}\n`), log);
    });
  }

  it('says so when the next program can not be executed', async () => {
    writePlan(new Plan().remove(paths.nextProgram), ['take it away']);
    const outcome = await runFirstStage();
    assert.equal(outcome.log, `<3>firstborn: Cannot execute "${paths.nextProgram}": ENOENT\n`);
    assertPoweredOff(outcome);
  });
});
