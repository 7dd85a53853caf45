import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import type { WriteStream } from 'node:tty';
import { describe, it } from 'node:test';
import { ProgressLine, progressText } from '../../../../host/cli/progress-line.ts';

const MiB = 1024 * 1024;

const terminal = (isTTY: boolean): WriteStream =>
  Object.assign(new PassThrough({ encoding: 'utf8' }), { isTTY, columns: 80 }) as unknown as WriteStream;

describe('progressText()', () => {
  it('has a bar where the total is known', () => {
    const text = progressText({ step: 'read image', doneBytes: 41 * MiB, totalBytes: 100 * MiB }, 100);
    assert.equal(text, `firstborn: read image  ${'█'.repeat(10)}${'─'.repeat(14)}  41 % of 100.0 MiB`);
  });

  it('has bytes where it is not, and dots where nothing is', () => {
    assert.equal(
      progressText({ step: 'read image', doneBytes: MiB / 2 }, 80),
      'firstborn: read image  0.5 MiB',
    );
    assert.equal(progressText({ step: 'probe KVM' }, 80), 'firstborn: probe KVM …');
  });

  it('never says more than all, and fits the terminal', () => {
    assert.match(progressText({ step: 'read image', doneBytes: 2, totalBytes: 1 }, 100), / 100 % /);
    assert.equal(progressText({ step: 'write root disk', doneBytes: 1, totalBytes: 2 }, 20).length, 19);
  });
});

describe('ProgressLine', () => {
  it('is there for terminals that can be drawn on', () => {
    assert.equal(ProgressLine.on(terminal(false), { TERM: 'xterm' }), undefined);
    assert.equal(ProgressLine.on(terminal(true), { TERM: 'dumb' }), undefined);
    assert.ok(ProgressLine.on(terminal(true), { TERM: 'xterm' }));
  });

  it('shows nothing of what is quick, draws over itself and goes away', (context) => {
    let nowMs = 0;
    context.mock.method(performance, 'now', () => nowMs);
    const stream = terminal(true);
    const line = ProgressLine.on(stream, { TERM: 'xterm' });
    line?.report({ step: 'read image' });
    assert.equal(stream.read(), null);
    nowMs = 1000;
    line?.report({ step: 'read image', doneBytes: MiB });
    nowMs = 1050;
    line?.report({ step: 'read image', doneBytes: 2 * MiB });
    line?.report({ step: 'write root disk' });
    line?.clear();
    line?.clear();
    assert.equal(
      stream.read() as unknown,
      '\rfirstborn: read image  1.0 MiB\x1b[K\rfirstborn: write root disk …\x1b[K\r\x1b[K',
    );
  });
});
