import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import {
  hasConsoleText,
  readConsoleTail,
  relevantConsoleLines,
} from '../../../../host/machine/console-tail.ts';

describe('relevantConsoleLines()', () => {
  it('takes the last lines, clean of what a terminal would obey', () => {
    const text = 'one\r\n\r\n\u001b[31mtwo\u001b[0m\u0007\r\nthree\r\n';
    assert.deepEqual(relevantConsoleLines(text, 2), ['two', 'three']);
  });

  it("shows init's records in words", () => {
    const text =
      '{"level":60,"phase":"root","stack":"…","msg":"Cannot mount"}\n{"msg":"bye"}\n{"no":1}\n{broken\n';
    assert.deepEqual(relevantConsoleLines(text, 9), [
      'init: root: Cannot mount',
      'init: bye',
      '{"no":1}',
      '{broken',
    ]);
  });

  it('takes the lines around a panic', () => {
    const lines = Array.from({ length: 40 }, (_, index) => `line ${index}`);
    lines[20] = 'Kernel panic - not syncing: VFS';
    assert.deepEqual(relevantConsoleLines(lines.join('\n'), 4), [
      'line 18',
      'line 19',
      'Kernel panic - not syncing: VFS',
      'line 21',
    ]);
  });
});

describe('hasConsoleText()', () => {
  it('tells a log with text from an empty one, a directory and nothing', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'firstborn-'));
    await writeFile(join(directory, 'full.log'), 'x');
    await writeFile(join(directory, 'empty.log'), '');
    const found = ['full.log', 'empty.log', '', 'none.log'].map((name) =>
      hasConsoleText(join(directory, name)),
    );
    assert.deepEqual(await Promise.all(found), [true, false, false, false]);
    await rm(directory, { recursive: true });
  });
});

describe('readConsoleTail()', () => {
  it('reads no more than the end of a large log', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'firstborn-'));
    const path = join(directory, 'console.log');
    await writeFile(path, `${'x'.repeat(200_000)}\nlast\n`);
    assert.deepEqual((await readConsoleTail(path, 1))[0], 'last');
    await rm(directory, { recursive: true });
  });

  it('does not wait for the writer of a pipe', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'firstborn-'));
    const path = join(directory, 'console.fifo');
    execFileSync('mkfifo', [path]);
    assert.deepEqual(await readConsoleTail(path, 5), []);
    await rm(directory, { recursive: true });
  });

  it('finds nothing where there is no log', async () => {
    assert.deepEqual(await readConsoleTail('/nonexistent/console.log', 5), []);
  });
});
