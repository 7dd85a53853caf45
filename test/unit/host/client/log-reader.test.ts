import assert from 'node:assert/strict';
import { appendFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import * as fc from 'fast-check';
import { type LogOptions, readLog } from '../../../../host/client/log-reader.ts';
import type { LogLine } from '../../../../host/client/types.ts';
import { scratchDirectory } from '../../../support/scratch-directory.ts';

const entry = (seconds: number, stream: string, tag: string, text: string): string =>
  `2026-01-01T00:00:${String(seconds).padStart(2, '0')}.000000000Z ${stream} ${tag} ${text}\n`;

/** A log in a directory of its own, and what a reader of it has read. */
class TestLog {
  readonly path: string;
  isOver = false;
  readonly #readers: AsyncGenerator<LogLine, void, undefined>[] = [];

  constructor(context: TestContext) {
    this.path = join(scratchDirectory(context), 'workload.log');
    context.after(async () => {
      for (const reader of this.#readers) await reader.return();
    });
  }

  write(...entries: string[]): void {
    appendFileSync(this.path, entries.join(''));
  }

  /** Files are kept up to `.9`. */
  rotate(): void {
    for (let age = 8; age >= 0; age -= 1) {
      try {
        renameSync(age === 0 ? this.path : `${this.path}.${age}`, `${this.path}.${age + 1}`);
      } catch {
        // There is none so old.
      }
    }
  }

  lines(options: LogOptions = {}): AsyncGenerator<LogLine, void, undefined> {
    const reader = readLog({ path: this.path, isOver: () => Promise.resolve(this.isOver) }, options);
    this.#readers.push(reader);
    return reader;
  }

  async texts(options: LogOptions = {}): Promise<string[]> {
    const texts: string[] = [];
    for await (const { bytes } of this.lines(options)) texts.push(bytes.toString());
    return texts;
  }
}

async function next(lines: AsyncIterator<LogLine>): Promise<string | undefined> {
  const { value, done } = await lines.next();
  return done === true ? undefined : value.bytes.toString();
}

describe('readLog()', () => {
  it('reads nothing where there is no log', async (context) => {
    const log = new TestLog(context);
    assert.deepEqual(await log.texts(), []);
    assert.deepEqual(await log.texts({ tail: 3 }), []);
  });

  it('reads all files from the oldest on', async (context) => {
    const log = new TestLog(context);
    log.write(entry(1, 'stdout', 'F', 'one'));
    log.rotate();
    log.write(entry(2, 'stderr', 'P', 'tw'));
    log.rotate();
    log.write(entry(3, 'stdout', 'F', 'three'), entry(4, 'stderr', 'F', 'o'));
    assert.deepEqual(await log.texts(), ['one\n', 'three\n', 'two\n']);
  });

  it('leaves out what is older than asked for', async (context) => {
    const log = new TestLog(context);
    log.write(entry(1, 'stdout', 'F', 'old'), entry(5, 'stdout', 'F', 'new'));
    assert.deepEqual(await log.texts({ sinceMs: Date.parse('2026-01-01T00:00:05Z') }), ['new\n']);
  });

  it('skips what is no entry, and a line that was torn', async (context) => {
    const log = new TestLog(context);
    log.write('garbage\n', entry(1, 'stdout', 'F', 'good'), '2026-01-01T00:00:02Z stdout F to');
    assert.deepEqual(await log.texts(), ['good\n']);
    assert.deepEqual(await log.texts({ tail: 5 }), ['good\n']);
  });

  it('ends with a line that never ended', async (context) => {
    const log = new TestLog(context);
    log.write(entry(1, 'stdout', 'F', 'done'), entry(2, 'stdout', 'P', 'not done'));
    assert.deepEqual(await log.texts(), ['done\n', 'not done']);
    assert.deepEqual(await log.texts({ tail: 1 }), ['not done']);
  });

  it('follows the log across rotation and sees the last line before the end', async (context) => {
    const log = new TestLog(context);
    log.write(entry(1, 'stdout', 'F', 'one'));
    const lines = log.lines({ follow: true });
    assert.equal(await next(lines), 'one\n');
    log.write(entry(2, 'stdout', 'F', 'two'));
    assert.equal(await next(lines), 'two\n');
    log.write(entry(3, 'stdout', 'F', 'three'));
    log.rotate();
    log.write(entry(4, 'stdout', 'F', 'four'));
    log.rotate();
    log.write(entry(5, 'stdout', 'F', 'five'));
    assert.deepEqual(
      [await next(lines), await next(lines), await next(lines)],
      ['three\n', 'four\n', 'five\n'],
    );
    log.write(entry(6, 'stdout', 'F', 'last words'));
    log.isOver = true;
    assert.deepEqual([await next(lines), await next(lines)], ['last words\n', undefined]);
  });

  it('follows a log that is not there yet', async (context) => {
    const log = new TestLog(context);
    const first = next(log.lines({ follow: true }));
    log.write(entry(1, 'stdout', 'F', 'one'));
    assert.equal(await first, 'one\n');
  });

  it('goes on behind the tail when it follows', async (context) => {
    const log = new TestLog(context);
    log.write(entry(1, 'stdout', 'F', 'one'), entry(2, 'stdout', 'F', 'two'), entry(3, 'stdout', 'P', 'thr'));
    const lines = log.lines({ follow: true, tail: 2 });
    assert.equal(await next(lines), 'two\n');
    log.write(entry(4, 'stdout', 'F', 'ee'));
    assert.equal(await next(lines), 'three\n');
    const later = log.lines({ follow: true, tail: 1 });
    assert.equal(await next(later), 'three\n');
    log.write(entry(5, 'stdout', 'F', 'four'));
    assert.equal(await next(later), 'four\n');
  });

  it('forgets the torn line that a new writer cuts off', async (context) => {
    const log = new TestLog(context);
    const first = entry(1, 'stdout', 'F', 'one');
    writeFileSync(log.path, `${first}2026-01-01T00:00:02Z stdout F half a li`);
    const lines = log.lines({ follow: true });
    assert.equal(await next(lines), 'one\n');
    const second = next(lines);
    truncateSync(log.path, first.length);
    log.write(entry(2, 'stdout', 'F', 'whole line'));
    assert.equal(await second, 'whole line\n');
  });

  it('reads lines that are longer than what it reads at once', async (context) => {
    const log = new TestLog(context);
    const long = 'x'.repeat(200_000);
    log.write(entry(1, 'stdout', 'F', long), entry(2, 'stdout', 'F', 'short'));
    assert.deepEqual(await log.texts(), [`${long}\n`, 'short\n']);
    assert.deepEqual(await log.texts({ tail: 2 }), [`${long}\n`, 'short\n']);
  });

  it('throws the reason when its signal aborts', async (context) => {
    const log = new TestLog(context);
    const abort = new AbortController();
    const first = next(log.lines({ follow: true, signal: abort.signal }));
    abort.abort(new Error('enough'));
    await assert.rejects(first, { message: 'enough' });
  });

  it('has the same last lines from the end as from the beginning', async (context) => {
    const texts = fc.array(
      fc.record({
        stream: fc.constantFrom('stdout', 'stderr'),
        tag: fc.constantFrom('F', 'P'),
        text: fc.string({ maxLength: 30 }).map((text) => text.replaceAll('\n', ' ')),
        rotates: fc.boolean(),
      }),
      { maxLength: 40 },
    );
    await fc.assert(
      fc.asyncProperty(texts, fc.nat({ max: 45 }), async (entries, count) => {
        const log = new TestLog(context);
        let rotations = 0;
        for (const { stream, tag, text, rotates } of entries) {
          log.write(entry(1, stream, tag, text));
          if (rotates && (rotations += 1) < 9) log.rotate();
        }
        // Lines without an end come last in the whole log, wherever they began.
        log.write(entry(2, 'stderr', 'F', ''), entry(2, 'stdout', 'F', ''));
        const all = await log.texts();
        assert.deepEqual(await log.texts({ tail: count }), count === 0 ? [] : all.slice(-count));
      }),
      { numRuns: 60 },
    );
  });

  it('finds the last lines of a log that is larger than it reads at once', async (context) => {
    const log = new TestLog(context);
    const many = Array.from({ length: 5_000 }, (_, index) =>
      entry(1, 'stdout', 'F', `line ${index} ${'x'.repeat(50)}`),
    );
    log.write(...many);
    const tail = await log.texts({ tail: 3_000 });
    assert.deepEqual(
      [tail.length, tail[0]?.slice(0, 9), tail.at(-1)?.slice(0, 9)],
      [3_000, 'line 2000', 'line 4999'],
    );
  });
});
