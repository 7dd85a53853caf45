import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LineJoiner, type LogEntry, parseLogEntry } from '../../../../host/client/log-entries.ts';

const time = '2016-10-06T00:17:09.669794202Z';

const entry = (stream: LogEntry['stream'], tag: 'F' | 'P', text: string): LogEntry => ({
  time,
  stream,
  isFinal: tag === 'F',
  content: Buffer.from(text),
});

describe('parseLogEntry()', () => {
  it('takes a line apart', () => {
    assert.deepEqual(parseLogEntry(Buffer.from(`${time} stdout F a  b`)), entry('stdout', 'F', 'a  b'));
    assert.deepEqual(parseLogEntry(Buffer.from(`${time} stderr P `)), entry('stderr', 'P', ''));
  });

  it('keeps bytes that are no text', () => {
    const line = Buffer.concat([Buffer.from(`${time} stdout F `), Buffer.from([0xff, 0x00, 0xc3])]);
    assert.deepEqual(parseLogEntry(line)?.content, Buffer.from([0xff, 0x00, 0xc3]));
  });

  it('takes further tags, which the format allows', () => {
    assert.deepEqual(parseLogEntry(Buffer.from(`${time} stdout P:more x`)), entry('stdout', 'P', 'x'));
  });

  for (const text of ['', 'hello', `${time} stdin F x`, `${time} stdout X x`, `${time} stdout F`]) {
    it(`refuses "${text}"`, () => assert.equal(parseLogEntry(Buffer.from(text)), undefined));
  }
});

describe('LineJoiner', () => {
  it('joins the pieces of each stream by itself', () => {
    const joiner = new LineJoiner();
    assert.equal(joiner.push(entry('stdout', 'P', 'one ')), undefined);
    assert.equal(joiner.push(entry('stderr', 'F', 'between'))?.bytes.toString(), 'between\n');
    const line = joiner.push(entry('stdout', 'F', 'line'));
    assert.deepEqual([line?.stream, line?.bytes.toString(), line?.time], ['stdout', 'one line\n', time]);
    assert.equal(line?.timeMs, Date.UTC(2016, 9, 6, 0, 17, 9, 669));
  });

  it('gives a line that never ended as it is', () => {
    const joiner = new LineJoiner();
    joiner.push(entry('stdout', 'P', 'prompt> '));
    assert.deepEqual(
      joiner.flush().map(({ bytes }) => bytes.toString()),
      ['prompt> '],
    );
    assert.deepEqual(joiner.flush(), []);
  });

  it('cuts a line that would fill the memory', () => {
    const joiner = new LineJoiner();
    const piece = entry('stdout', 'P', 'x'.repeat(16 * 1024));
    const cut = Array.from({ length: 65 }, () => joiner.push(piece)).filter((line) => line !== undefined);
    assert.deepEqual(
      cut.map(({ bytes }) => bytes.length),
      [1024 * 1024],
    );
  });
});
