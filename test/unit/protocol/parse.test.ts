import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod/mini';
import type { FirstbornError } from '../../../protocol/errors.ts';
import { parseJsonWith, parseWith } from '../../../protocol/parse.ts';

const Port = z.int().check(z.minimum(1));
const Server = z.strictObject({ name: z.string(), ports: z.array(Port) });
const File = z.strictObject({ servers: z.array(Server), names: z.optional(z.record(z.string(), Port)) });

const refusals: [what: string, value: unknown, message: string][] = [
  ['a value of the wrong kind', 7, 'Cannot accept x.json: Invalid input: expected object, received number'],
  ['a missing key', {}, 'Cannot accept x.json: servers: Invalid input: expected array, received undefined'],
  [
    'a value inside lists',
    { servers: [{ name: 'a', ports: [1, 0] }] },
    'Cannot accept x.json: servers[0].ports[1]: Too small: expected number to be >=1',
  ],
  [
    'a value in a map',
    { servers: [], names: { http: 'x' } },
    'Cannot accept x.json: names.http: Invalid input: expected number, received string',
  ],
  ['an unknown key at the top', { servers: [], port: 1 }, 'Cannot accept x.json: port: unknown key'],
  [
    'two unknown keys far down',
    { servers: [{ name: 'a', ports: [], a: 1, b: 2 }] },
    'Cannot accept x.json: servers[0].a: unknown key; servers[0].b: unknown key',
  ],
  [
    'two bad values',
    { servers: [{ name: 1, ports: 2 }] },
    'Cannot accept x.json: servers[0].name: Invalid input: expected string, received number; ' +
      'servers[0].ports: Invalid input: expected array, received number',
  ],
];
for (const [what, value, message] of refusals) {
  test(`parseWith() names the place of ${what}`, () => {
    assert.throws(() => parseWith(File, value, 'x.json'), {
      name: 'FirstbornError',
      code: 'config',
      message,
    });
  });
}

test('parseWith() says why a key of a map is bad', () => {
  const Names = z.record(z.string().check(z.regex(/^[a-z]+$/, 'expected small letters')), z.string());
  assert.throws(() => parseWith(z.object({ names: Names }), { names: { A1: 'x' } }, 'x.json'), {
    message: 'Cannot accept x.json: names.A1: expected small letters',
  });
});

test('parseWith() lists at most eight bad values', () => {
  const servers = Array.from({ length: 20 }, () => 'x');
  assert.throws(
    () => parseWith(File, { servers }, 'x.json'),
    (error: FirstbornError) => error.message.split('; ').length === 8,
  );
});

test('parseWith() gives back the checked value', () => {
  assert.deepEqual(parseWith(File, { servers: [] }, 'x.json'), { servers: [] });
});

test('parseWith() uses the code that its caller chose', () => {
  assert.throws(() => parseWith(File, 1, 'manifest', 'image'), { code: 'image' });
});

test('parseJsonWith() keeps the parser error as the cause of broken JSON', () => {
  assert.throws(
    () => parseJsonWith(File, '{"servers": [', 'x.json'),
    (error: FirstbornError) =>
      error.message === 'Cannot parse x.json as JSON' && error.cause instanceof SyntaxError,
  );
});

test('parseJsonWith() checks what it has parsed', () => {
  assert.deepEqual(parseJsonWith(File, '{"servers":[]}', 'x.json'), { servers: [] });
  assert.throws(() => parseJsonWith(File, 'null', 'x.json', 'image'), { code: 'image' });
});
