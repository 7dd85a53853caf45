import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, it as declare, type TestContext } from 'node:test';
import { Firstborn, type Machine } from '../../../../host/client/index.ts';
import type { Scenario } from '../../../support/fake-vm/scenario.ts';
import { fakeInstallation } from '../client/fake-installation.ts';
import { TmuxTerminal } from '../../../support/tmux-terminal.ts';

const it = (name: string, run: (context: TestContext) => Promise<void>): void => {
  void declare(name, { timeout: 120_000 }, run);
};

const main = join(import.meta.dirname, '../../../../host/cli/main.ts');
const typist: Scenario = { workloads: [['cat']], stdin: true, terminal: true };
const run = 'run -it --name web --accel tcg $IMAGE';

interface Scene {
  terminal: TmuxTerminal;
  /** Types a command of firstborn and Enter; its exit code is printed behind it. */
  firstborn: (words: string) => Promise<void>;
  machine: () => Promise<Machine>;
}

async function scene(context: TestContext, scenario: Scenario): Promise<Scene> {
  const host = fakeInstallation(context, scenario);
  const terminal = await TmuxTerminal.open(context, {
    ...host.environment,
    FIRSTBORN: `${process.execPath} ${main}`,
    IMAGE: host.image,
  });
  return {
    terminal,
    firstborn: async (words) => {
      await terminal.type(`clear; $FIRSTBORN ${words}; echo "code $?"`);
      await terminal.press('Enter');
    },
    machine: () => new Firstborn({ environment: host.environment }).machine('web'),
  };
}

/** The pid of the command that has the terminal. */
function pidOf(words: string): number {
  return Number(
    execFileSync('pgrep', ['-f', `${main} ${words}`], { encoding: 'utf8' })
      .trim()
      .split('\n')[0],
  );
}

describe('a terminal', () => {
  it('gives every key to the workload and is put back when somebody detaches', async (context) => {
    const { terminal, firstborn, machine } = await scene(context, typist);
    await firstborn(run);
    await terminal.untilRaw();
    await terminal.type('one');
    await terminal.press('C-c', 'C-z', 'C-d', 'C-p');
    await terminal.type('two');
    await terminal.shows(/one.*two/);
    await terminal.press('C-p', 'C-q');
    await terminal.shows(/^code 0$/m);
    assert.equal(await terminal.isRaw(), false);
    assert.equal((await (await machine()).info()).state, 'running');

    await firstborn('attach --detach-keys ctrl-a,x web');
    await terminal.untilRaw();
    await terminal.type('three');
    await terminal.shows('three');
    await terminal.press('C-a', 'x');
    await terminal.shows(/^code 0$/m);
    assert.equal(await terminal.isRaw(), false);
    await (await machine()).remove({ force: true });
  });

  it('is put back when the workload ends', async (context) => {
    const { terminal, firstborn, machine } = await scene(context, typist);
    await firstborn(run);
    await terminal.untilRaw();
    await (await machine()).stop();
    await terminal.shows(/^code 143$/m);
    assert.equal(await terminal.isRaw(), false);
  });

  it('is put back when the command is told to end', async (context) => {
    const { terminal, firstborn, machine } = await scene(context, typist);
    await firstborn(run.replace('run', 'run --keep'));
    await terminal.untilRaw();
    await terminal.press('C-p', 'C-q');
    await terminal.shows(/^code 0$/m);
    for (const signal of ['SIGTERM', 'SIGQUIT'] as const) {
      await firstborn('exec -it web cat');
      await terminal.untilRaw();
      process.kill(pidOf('exec -it'), signal);
      await terminal.shows(/^code 1\d\d$/m);
      assert.equal(await terminal.isRaw(), false);
    }
    await (await machine()).remove({ force: true });
  });

  it('shows how far a long preparation is, and takes that away', async (context) => {
    const { terminal, firstborn } = await scene(context, { workloads: [['print', 'workload\n']] });
    await terminal.type('head -c 200000000 /dev/urandom > $IMAGE/big');
    await terminal.press('Enter');
    await firstborn('run --accel tcg $IMAGE');
    await terminal.shows(/^firstborn: (read image|write root disk) +\S/m);
    assert.equal((await terminal.shows(/^code 0$/m)).replace(/\nready\$$/, ''), 'workload\ncode 0');
  });
});
