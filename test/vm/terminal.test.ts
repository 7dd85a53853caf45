/** A person at a terminal: `run -it`, `exec -it` and `attach`, typed into a real one. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { command } from '../support/command.ts';
import { machinesLeft, testEnvironment } from '../support/run-firstborn.ts';
import { busybox, projectRoot } from '../support/test-images.ts';
import { TmuxTerminal } from '../support/tmux-terminal.ts';

after(async () => {
  for (const id of machinesLeft()) await command(['rm', '-f', id]);
});

test('run -it is a terminal from the first key to the last, and leaves ours as it was', async (context) => {
  const terminal = await TmuxTerminal.open(context, {
    ...testEnvironment,
    FIRSTBORN: join(projectRoot, 'scripts/firstborn'),
    IMAGE: busybox,
  });
  const line = async (words: string): Promise<void> => {
    await terminal.type(words);
    await terminal.press('Enter');
  };
  await line('clear; $FIRSTBORN run -it --name desk $IMAGE sh; echo "code $?"');
  await terminal.shows(/^\/ #$/m);
  assert.equal(await terminal.isRaw(), true);

  await line('clear; stty size; tty; echo term $TERM; ls -l /dev/console | cut -c1');
  await terminal.shows(/^24 80\n\/dev\/pts\/0\nterm xterm\nc\n/m);

  await terminal.resize(100, 30);
  await line('clear; until [ "$(stty size)" = "30 100" ]; do sleep 0.1; done; echo now $(stty size)');
  await terminal.shows(/^now 30 100$/m);

  // Ctrl-C is the workload's: it interrupts the sleep, not the run.
  await line('clear; echo "going" to sleep; sleep 1000');
  await terminal.shows(/^going to sleep$/m);
  await terminal.press('C-c');
  await line('echo still "here"');
  await terminal.shows(/^still here$/m);

  await terminal.press('C-p', 'C-q');
  await terminal.shows(/^code 0$/m);
  assert.equal(await terminal.isRaw(), false);

  await line(
    'clear; $FIRSTBORN exec -it -u app desk sh -c \'id -un; stty size; read -r answer; echo "got $answer"; exit 4\'; echo "code $?"',
  );
  await terminal.shows(/^app\n30 100$/m);
  await line('an answer');
  await terminal.shows(/^got an answer\ncode 4$/m);

  await line('clear; $FIRSTBORN attach desk; echo "code $?"');
  await terminal.untilRaw();
  await line('echo back "again"');
  await terminal.shows(/^back again$/m);
  await line('exit 9');
  await terminal.shows(/^code 9$/m);
  assert.equal(await terminal.isRaw(), false);
  await line('clear; echo $(echo "ours again" | rev)');
  await terminal.shows(/^niaga sruo$/m);
});
