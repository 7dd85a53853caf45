import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { applyEnvFile, applyVariable } from '../../../../host/launch/environment.ts';

const own = { HOME: '/root', EMPTY: '' };

function variable(text: string): [string, string][] {
  const variables = new Map<string, string>();
  applyVariable(variables, text, own);
  return [...variables];
}

function file(text: string | Buffer): [string, string][] {
  const variables = new Map<string, string>();
  applyEnvFile(variables, 'app.env', Buffer.from(text), own);
  return [...variables];
}

describe('applyVariable()', () => {
  for (const [text, expected] of [
    ['A=b', [['A', 'b']]],
    ['A=', [['A', '']]],
    ['A=b=c', [['A', 'b=c']]],
    ['HOME', [['HOME', '/root']]],
    ['EMPTY', [['EMPTY', '']]],
    ['MISSING', []],
    ['__proto__=x', [['__proto__', 'x']]],
  ] as [string, [string, string][]][]) {
    it(`takes ${text}`, () => assert.deepEqual(variable(text), expected));
  }

  it('refuses a variable without a name', () => {
    assert.throws(() => variable('=x'), { message: 'Cannot set the variable "=x": it has no name' });
    assert.throws(() => variable(''), { message: 'Cannot set the variable "": it has no name' });
  });

  it('refuses a NUL byte', () => {
    assert.throws(() => variable('A=b\0c'), {
      message: 'Cannot set the variable "A": it contains a NUL byte',
    });
  });
});

describe('applyEnvFile()', () => {
  it("reads Docker's format", () => {
    const text =
      '\ufeff# comment\n\n  # indented\nA=b # no comment\n  B="quoted"\r\nHOME\nMISSING\nA=again\nC= x ';
    assert.deepEqual(file(text), [
      ['A', 'again'],
      ['B', '"quoted"'],
      ['HOME', '/root'],
      ['C', ' x '],
    ]);
  });

  for (const [name, text, message] of [
    ['a line without a name', 'A=b\n=c\n', 'Cannot read app.env:2: the variable has no name'],
    [
      'white space in a name',
      '# x\n\nA B=c',
      'Cannot read app.env:3: the variable\'s name "A B" contains white space',
    ],
    [
      'white space before the sign',
      'A =c',
      'Cannot read app.env:1: the variable\'s name "A " contains white space',
    ],
    ['a NUL byte', 'A=b\0', 'Cannot read app.env:1: the variable "A" contains a NUL byte'],
  ] as const) {
    it(`refuses ${name} with file and line`, () => {
      assert.throws(() => file(text), { code: 'usage', message });
    });
  }

  it('refuses bytes that are no UTF-8', () => {
    assert.throws(() => file(Buffer.from([0x41, 0x3d, 0xff])), {
      message: 'Cannot read "app.env": it is not UTF-8',
    });
  });
});
