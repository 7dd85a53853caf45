import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { commands } from '../../../../host/cli/commands.ts';
import { completionTable } from '../../../../host/cli/completion-table.ts';
import { TmuxTerminal } from '../../../support/tmux-terminal.ts';

const main = join(import.meta.dirname, '../../../../host/cli/main.ts');
const root = mkdtempSync(join(tmpdir(), 'fb-completion-'));
after(() => rmSync(root, { recursive: true, force: true }));

function script(shell: string): { code: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'completion', shell], {
    encoding: 'utf8',
  });
  return { code: status, stdout, stderr };
}

/** A directory with files to complete, and a state directory with one machine and names of none. */
function makePlaces(): void {
  mkdirSync(join(root, 'state/names'), { recursive: true });
  mkdirSync(join(root, 'state/machines/1111111111111111'), { recursive: true });
  writeFileSync(join(root, 'state/names/web'), '1111111111111111');
  writeFileSync(join(root, 'state/names/gone'), '2222222222222222\n');
  writeFileSync(join(root, 'state/names/empty'), '');
  symlinkSync('nowhere', join(root, 'state/names/broken'));
  mkdirSync(join(root, 'here/layout dir'), { recursive: true });
  writeFileSync(join(root, 'here/wallpaper'), '');
}

/** Divides a line as readline does: at spaces, and at "=" and ":" too. */
function readlineWords(line: string): string[] {
  const words = line
    .split(/\s+/)
    .flatMap((word) => (word === '' ? [''] : (word.match(/[=:]+|[^=:]+/g) ?? [])));
  return words;
}

/** What a real bash(1) puts in the place of the last part of the line. */
function complete(line: string): string[] {
  const words = readlineWords(line);
  const harness = `
    source "$1"; shift
    COMP_LINE=$1; shift
    COMP_POINT=\${#COMP_LINE} COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
    COMP_WORDBREAKS=$' \\t\\n"\\'><=;|&(:'
    _firstborn
    printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { status, stdout, stderr } = spawnSync(
    'bash',
    ['--norc', '-c', harness, 'bash', join(root, 'firstborn.bash'), line, ...words],
    {
      encoding: 'utf8',
      cwd: join(root, 'here'),
      env: { ...process.env, FIRSTBORN_STATE_DIR: join(root, 'state') },
    },
  );
  assert.deepEqual([status, stderr], [0, '']);
  return stdout.split('\n').filter((reply) => reply !== '');
}

describe('firstborn completion bash', () => {
  makePlaces();
  const { code, stdout, stderr } = script('bash');
  writeFileSync(join(root, 'firstborn.bash'), stdout);

  it('prints a script that bash understands', () => {
    assert.deepEqual([code, stderr], [0, '']);
    assert.equal(spawnSync('bash', ['-n', join(root, 'firstborn.bash')]).status, 0);
  });

  for (const [line, replies] of [
    ['firstborn ev', ['events']],
    ['firstborn --v', ['--version']],
    ['firstborn help im', ['images']],
    ['firstborn images b', ['build']],
    ['firstborn images build --ou', ['--output']],
    ['firstborn ps --no', ['--no-trunc']],
    ['firstborn stop --', ['--time', '--signal', '--help']],
    ['firstborn stop w', ['web']],
    ['firstborn stop -s TE', ['TERM']],
    ['firstborn stop --signal=TE', ['TERM']],
    ['firstborn stop -s TERM w', ['web']],
    ['firstborn inspect web ', ['web']],
    ['firstborn exec -e X=1 -i w', ['web']],
    ['firstborn exec web w', ['wallpaper']],
    ['firstborn exec web --', []],
    ['firstborn run --restart a', ['always']],
    ['firstborn run --machine ', ['auto', 'q35', 'pc', 'microvm', 'virt']],
    ['firstborn run l', ['layout dir']],
    ['firstborn run --modules ', ['layout dir']],
    ['firstborn run --kernel w', ['wallpaper']],
    ['firstborn run --name ', []],
    ['firstborn run --cap-add SYS_P', ['SYS_PTRACE', 'SYS_PACCT']],
    ['firstborn run --ulimit no', ['nofile=']],
    ['firstborn run --bundle l', ['layout dir']],
    ['firstborn run --config w', ['wallpaper']],
    ['firstborn spec --userns p', ['private']],
    [
      'firstborn ps --filter st',
      [
        'status=created',
        'status=starting',
        'status=running',
        'status=stopping',
        'status=restarting',
        'status=exited',
        'status=lost',
        'status=dead',
      ],
    ],
    ['firstborn ps --filter status=e', ['exited']],
    ['firstborn ps --filter=status=e', ['exited']],
    ['firstborn ps --filter health=u', ['unhealthy']],
    ['firstborn ps --filter=na', ['name=']],
    ['firstborn ps -a --j', ['--json']],
    ['firstborn events --filter event=o', ['oom']],
    ['firstborn cp w', ['wallpaper', 'web:']],
    ['firstborn cp web:/etc/hosts w', ['wallpaper', 'web:']],
    ['firstborn cp web: w', ['wallpaper', 'web:']],
    ['firstborn cp web:/e', []],
    ['firstborn completion ', ['bash', 'zsh']],
    ['firstborn nonsense w', []],
  ] as const) {
    it(`completes "${line}"`, () => assert.deepEqual(complete(line), replies));
  }
});

describe('firstborn completion zsh', () => {
  const { code, stdout, stderr } = script('zsh');
  const path = join(root, '_firstborn');
  writeFileSync(path, stdout);
  it('prints a script for compinit with every command', () => {
    assert.deepEqual([code, stderr], [0, '']);
    assert.match(stdout, /^#compdef firstborn\n/);
    for (const { name } of commands) assert.ok(stdout.includes(`    ('${name}')\n`), name);
  });

  it('quotes every specification', () => {
    const specs = stdout.split('\n').filter((line) => line.startsWith('        '));
    // Where bash finds the quotes in order, so does zsh.
    const words = specs.map((spec) => spec.replace(/ \\$/, '').trim()).join(' ');
    const { status, stdout: printed } = spawnSync('bash', ['-c', `printf '%s\\n' ${words}`], {
      encoding: 'utf8',
    });
    assert.equal(status, 0);
    const unquoted = printed.trimEnd().split('\n');
    assert.equal(unquoted.length, specs.length);
    for (const word of unquoted) {
      assert.match(word, /^(?:\*--?[\w-]+[=+]?\[.*\](?::value:.+)?|(?:\d|\*):\w+:.+)$/);
    }
    assert.ok(specs.length > 50);
  });

  it('completes what is typed at a zsh in a terminal', async (context) => {
    const startUp = `fpath=('${root}' $fpath); autoload -Uz compinit; compinit -u -D; PS1='zsh> '\n`;
    writeFileSync(join(root, '.zshrc'), startUp);
    const places = { ZDOTDIR: root, FIRSTBORN_STATE_DIR: join(root, 'state') };
    const terminal = await TmuxTerminal.open(context, { ...process.env, ...places });
    await terminal.type(`cd '${join(root, 'here')}' && clear && exec zsh -d`);
    await terminal.press('Enter');
    await terminal.shows('zsh>');
    for (const [typed, whole] of [
      ['firstborn exe', 'firstborn exec'],
      ['firstborn exec --workd', 'firstborn exec --workdir'],
      ['firstborn exec --workdir / w', 'firstborn exec --workdir / web'],
      ['firstborn kill --signal WI', 'firstborn kill --signal WINCH'],
      ['firstborn cp we', 'firstborn cp web:'],
      ['firstborn cp web:/etc/hosts wal', 'firstborn cp web:/etc/hosts wallpaper'],
    ] as const) {
      await terminal.type(typed);
      await terminal.press('Tab');
      await terminal.shows(whole);
      await terminal.press('C-u');
    }
  });
});

describe('firstborn completion', () => {
  it('refuses other shells', () => {
    const line = 'firstborn: Cannot complete for the shell "fish": expected bash, zsh';
    const { code, stderr } = script('fish');
    assert.deepEqual([code, stderr], [125, `${line} (see 'firstborn completion --help')\n`]);
  });

  it('offers only choices that their options take', () => {
    for (const { name, options } of completionTable(commands)) {
      for (const { flags, help, offer } of options) {
        if (offer?.kind !== 'words' || flags.some((flag) => flag.endsWith('signal'))) continue;
        const keys = new Set(offer.words.map((word) => word.split('=')[0] ?? ''));
        const told = `${name} ${flags.join(' ')}: ${help}`;
        if (
          ['--sig-proxy', '--restart', '--cap-add', '--cap-drop', '--ulimit'].some((flag) =>
            flags.includes(flag),
          )
        )
          continue;
        for (const key of keys) assert.ok(help.includes(key), `${told} does not name ${key}`);
      }
    }
  });
});
