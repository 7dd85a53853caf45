import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { defaultDetachKeys, DetachKeyFilter, readDetachKeys } from '../../../../host/cli/terminal-keys.ts';

describe('readDetachKeys()', () => {
  for (const [text, bytes] of [
    ['ctrl-p,ctrl-q', [16, 17]],
    ['ctrl-A,d', [1, 0x64]],
    ['ctrl-@,ctrl-[,ctrl-\\,ctrl-],ctrl-^,ctrl-_', [0, 27, 28, 29, 30, 31]],
    ['x', [0x78]],
    ['', []],
  ] as const) {
    it(`reads "${text}"`, () => assert.deepEqual([...readDetachKeys(text)], bytes));
  }

  for (const text of ['ctrl-', 'ctrl-1', 'ab', 'a,', ',', 'ctrl-p ctrl-q', 'ä', ' ']) {
    it(`refuses "${text}"`, () => assert.throws(() => readDetachKeys(text), { code: 'usage' }));
  }
});

/** What comes through, and whether the keys were found. */
function filtered(keys: Buffer, pieces: Buffer[]): { passed: string; detached: boolean } {
  let detached = false;
  const passed: Buffer[] = [];
  const filter = new DetachKeyFilter(keys, () => {
    detached = true;
  });
  filter.on('data', (piece: Buffer) => passed.push(piece));
  for (const piece of pieces) filter.write(piece);
  for (let piece = filter.read(); piece !== null; piece = filter.read()) passed.push(piece as Buffer);
  return { passed: Buffer.concat(passed).toString('latin1'), detached };
}

const keys = (text: string): Buffer => Buffer.from(text, 'latin1');

describe('DetachKeyFilter', () => {
  it('holds the first key back until the next one shows what it is', () => {
    assert.deepEqual(filtered(defaultDetachKeys, [keys('a\x10')]), { passed: 'a', detached: false });
    assert.deepEqual(filtered(defaultDetachKeys, [keys('\x10'), keys('b')]), {
      passed: '\x10b',
      detached: false,
    });
  });

  it('finds the keys in one piece and in several, and passes nothing behind them', () => {
    for (const pieces of [[keys('x\x10\x11y')], [keys('x\x10'), keys('\x11y')]]) {
      assert.deepEqual(filtered(defaultDetachKeys, pieces), { passed: 'x', detached: true });
    }
  });

  it('finds them behind their own beginning', () => {
    assert.deepEqual(filtered(defaultDetachKeys, [keys('\x10\x10\x11')]), { passed: '\x10', detached: true });
    assert.deepEqual(filtered(keys('aab'), [keys('aaab')]), { passed: 'a', detached: true });
  });

  it('passes everything when there are no keys', () => {
    assert.deepEqual(filtered(keys(''), [keys('\x10\x11')]), { passed: '\x10\x11', detached: false });
  });

  it('gives back what it holds when the input ends', async () => {
    const filter = new DetachKeyFilter(defaultDetachKeys, () => {});
    filter.end(keys('a\x10'));
    assert.equal(Buffer.concat(await filter.toArray()).toString('latin1'), 'a\x10');
  });

  it('passes exactly what stands before the first occurrence', () => {
    const letters = fc.array(fc.constantFrom('a', 'b'), { maxLength: 20 }).map((list) => list.join(''));
    fc.assert(
      fc.property(letters, fc.constantFrom('a', 'ab', 'aab', 'abab', 'bb'), (typed, sequence) => {
        const at = typed.indexOf(sequence);
        const { passed, detached } = filtered(
          keys(sequence),
          typed.split('').map((letter) => keys(letter)),
        );
        assert.equal(detached, at !== -1);
        if (at !== -1) assert.equal(passed, typed.slice(0, at));
        else assert.ok(typed.startsWith(passed) && sequence.startsWith(typed.slice(passed.length)));
      }),
    );
  });
});
