import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { formatChunk, logTime, maxPieceBytes, parseCriLine } from '../../../../host/monitor/cri-format.ts';

const time = '2016-10-06T00:17:09.669794202Z';
const format = (text: string): string => formatChunk(time, 'stdout', Buffer.from(text)).toString();

describe('formatChunk()', () => {
  it('writes whole lines as F', () => {
    assert.equal(format('a\nb\n'), `${time} stdout F a\n${time} stdout F b\n`);
  });

  it('writes an empty line as F without content', () => {
    assert.equal(format('\n'), `${time} stdout F \n`);
  });

  it('writes the unfinished end of a chunk as P at once, and its rest as F', () => {
    assert.equal(format('a\nb'), `${time} stdout F a\n${time} stdout P b\n`);
    assert.equal(format('c\n'), `${time} stdout F c\n`);
  });

  it('splits a line that is longer than a piece', () => {
    const line = 'x'.repeat(maxPieceBytes);
    assert.equal(format(`${line}y\n`), `${time} stdout P ${line}\n${time} stdout F y\n`);
    assert.equal(format(`${line}\n`), `${time} stdout F ${line}\n`);
  });

  it('keeps every byte, however the output is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), (chunks) => {
        const log = Buffer.concat(chunks.map((chunk) => formatChunk(time, 'stderr', Buffer.from(chunk))));
        const lines = log.toString('latin1').split('\n').slice(0, -1);
        const read = lines.map((line) => {
          const entry = parseCriLine(Buffer.from(line, 'latin1'));
          assert.ok(entry !== undefined && entry.stream === 'stderr' && entry.time === time);
          return entry.content.toString('latin1') + (entry.isPartial ? '' : '\n');
        });
        assert.equal(read.join(''), Buffer.concat(chunks).toString('latin1'));
      }),
    );
  });
});

describe('parseCriLine()', () => {
  for (const line of ['', 'hello', `${time} stdout`, `${time} stdin F x`, `${time} stdout X y`, '{}']) {
    it(`takes "${line}" for no line of the format`, () => {
      assert.equal(parseCriLine(Buffer.from(line)), undefined);
    });
  }
});

describe('logTime()', () => {
  it('is RFC 3339 with nanoseconds', () => {
    assert.equal(logTime(1475713029669), '2016-10-06T00:17:09.669000000Z');
  });
});
