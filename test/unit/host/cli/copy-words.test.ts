import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readCopyWish } from '../../../../host/cli/copy-words.ts';

describe('readCopyWish()', () => {
  for (const [line, wish] of [
    [
      'web:/etc/hosts .',
      { direction: 'out', machine: 'web', path: '/etc/hosts', to: { where: 'local', path: '.' } },
    ],
    [
      'web:etc/ out',
      { direction: 'out', machine: 'web', path: '/etc/', to: { where: 'local', path: 'out' } },
    ],
    ['web:/a:b -', { direction: 'out', machine: 'web', path: '/a:b', to: { where: 'archive' } }],
    ['web: x', { direction: 'out', machine: 'web', path: '/', to: { where: 'local', path: 'x' } }],
    [
      'file web:/tmp',
      { direction: 'in', machine: 'web', path: '/tmp', from: { where: 'local', path: 'file' } },
    ],
    [
      './a:b web:/tmp',
      { direction: 'in', machine: 'web', path: '/tmp', from: { where: 'local', path: './a:b' } },
    ],
    [
      '/a:b web:/tmp',
      { direction: 'in', machine: 'web', path: '/tmp', from: { where: 'local', path: '/a:b' } },
    ],
    [':a web:/tmp', { direction: 'in', machine: 'web', path: '/tmp', from: { where: 'local', path: ':a' } }],
    ['- web:/tmp', { direction: 'in', machine: 'web', path: '/tmp', from: { where: 'archive' } }],
  ] as const) {
    it(`reads "${line}"`, () => assert.deepEqual(readCopyWish(line.split(' ')), wish));
  }

  for (const [line, message] of [
    ['', 'Cannot copy without a source and a destination'],
    ['web:/x', 'Cannot copy without a source and a destination'],
    ['a b c', 'Cannot take the word "c" behind the destination'],
    ['a b', 'Cannot copy without a machine: one side must be NAME:PATH'],
    ['- -', 'Cannot copy without a machine: one side must be NAME:PATH'],
    ['a:/x b:/y', 'Cannot copy from machine to machine: one side must be a path or "-"'],
  ] as const) {
    it(`refuses "${line}"`, () => {
      assert.throws(() => readCopyWish(line.split(' ')), { code: 'usage', message });
    });
  }
});
