import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { GivenOptions, type OptionSpec, parseWords } from '../../../../host/cli/option-parser.ts';

const specs: OptionSpec[] = [
  { name: 'env', short: 'e', value: 'K=V', help: '' },
  { name: 'interactive', short: 'i', help: '' },
  { name: 'keep', help: '' },
];

const parse = (line: string, stopAtOperand = true): ReturnType<typeof parseWords> =>
  parseWords(line === '' ? [] : line.split(' '), specs, { stopAtOperand });

describe('parseWords()', () => {
  for (const [line, given, operands, rest] of [
    ['', [], [], []],
    ['--env A=b image', ['env A=b'], ['image'], []],
    ['--env=A=b image', ['env A=b'], ['image'], []],
    ['--env= image', ['env '], ['image'], []],
    ['-e A=b -eC=d image', ['env A=b', 'env C=d'], ['image'], []],
    ['-ie A=b image', ['interactive ', 'env A=b'], ['image'], []],
    ['-e -i image', ['env -i'], ['image'], []],
    ['image --keep -i -- x', [], ['image'], ['--keep', '-i', '--', 'x']],
    ['-i -- -image x', ['interactive '], ['-image'], ['x']],
    ['-', [], ['-'], []],
  ] as [string, string[], string[], string[]][]) {
    it(`splits "${line}"`, () => {
      const parsed = parse(line);
      assert.deepEqual(
        parsed.given.map(({ name, value }) => `${name} ${value}`),
        given,
      );
      assert.deepEqual([parsed.operands, parsed.rest], [operands, rest]);
    });
  }

  it('takes options behind operands when it may, up to --', () => {
    const parsed = parse('image --keep other -i -- -e x', false);
    assert.deepEqual(
      parsed.given.map(({ name }) => name),
      ['keep', 'interactive'],
    );
    assert.deepEqual(
      [parsed.operands, parsed.rest],
      [
        ['image', 'other'],
        ['-e', 'x'],
      ],
    );
  });

  for (const [line, message] of [
    ['--nope', 'Unknown option "--nope"'],
    ['--nope=1', 'Unknown option "--nope"'],
    ['-x', 'Unknown option "-x"'],
    ['-ix', 'Unknown option "-x"'],
    ['--env', 'Option "--env" needs a value: K=V'],
    ['-ie', 'Option "-e" needs a value: K=V'],
    ['--keep=yes', 'Option "--keep" takes no value'],
    ['--e A=b', 'Unknown option "--e"'],
  ] as const) {
    it(`refuses "${line}"`, () => {
      assert.throws(() => parse(line), { code: 'usage', message });
    });
  }
});

describe('GivenOptions', () => {
  const options = new GivenOptions(parse('--keep -e A=1 -e B=2 -i image').given);
  it('gives the last value or all of them', () => {
    assert.equal(options.last('env'), 'B=2');
    assert.deepEqual(options.all('env'), ['A=1', 'B=2']);
    assert.equal(options.last('nothing'), undefined);
    assert.equal(options.has('keep'), true);
  });
  it('tells which of several came last', () => {
    assert.equal(options.lastOf(['keep', 'interactive']), 'interactive');
    assert.equal(options.lastOf(['nothing']), undefined);
  });
});
