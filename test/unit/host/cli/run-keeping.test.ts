import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readCommandWords } from '../../../../host/cli/option-parser.ts';
import { runSpecs } from '../../../../host/cli/option-specs.ts';
import { type KeepingOptions, readKeeping } from '../../../../host/cli/run-keeping.ts';

const read = (line: string): KeepingOptions =>
  readKeeping(readCommandWords(line.split(' '), runSpecs, { stopAtOperand: true }).options);

describe('readKeeping()', () => {
  for (const [line, isRemoved] of [
    ['image', true],
    ['--keep image', false],
    ['-d image', false],
    ['-d --rm image', true],
    ['--keep --rm image', true],
  ] as const) {
    it(`${isRemoved ? 'removes' : 'keeps'} the machine of "${line}"`, () => {
      assert.equal(read(line).autoRemove, isRemoved);
    });
  }

  for (const [text, restart] of [
    ['no', { policy: 'no' }],
    ['always', { policy: 'always' }],
    ['on-failure', { policy: 'on-failure' }],
    ['on-failure:3', { policy: 'on-failure', maxRetries: 3 }],
  ] as const) {
    it(`reads the restart policy "${text}"`, () => {
      assert.deepEqual(read(`-d --restart ${text} image`).restart, restart);
    });
  }

  it('reads labels and the size of the log', () => {
    const { labels, log } = read('-l a=b=c --label flag --log-size 1m --log-files 2 image');
    assert.deepEqual(
      [labels, log],
      [
        { a: 'b=c', flag: '' },
        { maxBytes: 1024 * 1024, files: 2 },
      ],
    );
  });

  for (const [line, message] of [
    ['--restart always --rm image', 'Cannot use --restart with --rm'],
    ['-d --rm --restart on-failure image', 'Cannot use --restart with --rm'],
    ['--restart always image', 'Cannot use --restart without -d or --keep'],
    ['--restart never image', 'Cannot take "never" for --restart: expected no, on-failure[:TIMES] or always'],
    [
      '-d --restart on-failure:0 image',
      'Cannot take "0" for --restart: expected a whole number from 1 to 1000000',
    ],
    ['--name a/b image', 'Cannot take "a/b" for --name: expected letters, digits, "_", "." and "-"'],
    ['--label =x image', 'Cannot take the label "=x": it has no name'],
    ['--log-size 1 image', 'Cannot take "1" for --log-size: expected e.g. 512k or 16m'],
    ['--log-files 0 image', 'Cannot take "0" for --log-files: expected a whole number from 1 to 1000'],
  ] as const) {
    it(`refuses "${line}"`, () => assert.throws(() => read(line), { code: 'usage', message }));
  }
});
