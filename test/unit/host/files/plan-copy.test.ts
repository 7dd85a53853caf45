import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CopyPlan, planCopy } from '../../../../host/files/plan-copy.ts';
import type { FileStat } from '../../../../protocol/messages.ts';

type Type = FileStat['type'];

const plan = (
  source: [path: string, type: Type],
  destination: [path: string, type: Type | undefined, parent?: Type],
): CopyPlan =>
  planCopy(
    { path: source[0], stat: { type: source[1] } },
    {
      path: destination[0],
      stat: destination[1] === undefined ? undefined : { type: destination[1] },
      parentStat: destination[2] === undefined ? undefined : { type: destination[2] },
    },
  );

test('planCopy() puts a file where nothing is, over a file, or into a directory', () => {
  assert.deepEqual(plan(['/a/f', 'file'], ['/b/g', undefined, 'directory']), { directory: '/b', name: 'g' });
  assert.deepEqual(plan(['f', 'file'], ['g', undefined, 'directory']), { directory: '.', name: 'g' });
  assert.deepEqual(plan(['/a/f', 'file'], ['/g', 'file']), { directory: '/', name: 'g' });
  assert.deepEqual(plan(['/a/f', 'file'], ['/b', 'directory']), { directory: '/b', name: 'f' });
  assert.deepEqual(plan(['/a/l', 'symlink'], ['/b/', 'directory']), { directory: '/b/', name: 'l' });
});

test('planCopy() makes a directory, fills one, or puts one into another', () => {
  assert.deepEqual(plan(['/a/d', 'directory'], ['/b/e', undefined, 'directory']), {
    directory: '/b',
    name: 'e',
  });
  assert.deepEqual(plan(['/a/d', 'directory'], ['/b/e/', undefined, 'directory']), {
    directory: '/b',
    name: 'e',
  });
  assert.deepEqual(plan(['/a/d/.', 'directory'], ['/b/e', undefined, 'directory']), {
    directory: '/b',
    name: 'e',
  });
  assert.deepEqual(plan(['/a/d', 'directory'], ['/b', 'directory']), { directory: '/b', name: 'd' });
  assert.deepEqual(plan(['/a/d/', 'directory'], ['/b', 'directory']), { directory: '/b', name: 'd' });
  assert.deepEqual(plan(['/a/d/.', 'directory'], ['/b', 'directory']), { directory: '/b', name: '' });
  assert.deepEqual(plan(['.', 'directory'], ['/b', 'directory']), { directory: '/b', name: '' });
  assert.deepEqual(plan(['/', 'directory'], ['/b', 'directory']), { directory: '/b', name: '' });
});

test('planCopy() refuses what makes no sense', () => {
  const refusals: [Parameters<typeof plan>, string][] = [
    [
      [
        ['/f/', 'file'],
        ['/b', 'directory'],
      ],
      'Cannot copy "/f/" to "/b": the source is no directory',
    ],
    [
      [
        ['/f/.', 'file'],
        ['/b', 'directory'],
      ],
      'Cannot copy "/f/." to "/b": the source is no directory',
    ],
    [
      [
        ['/f', 'file'],
        ['/b/', undefined, 'directory'],
      ],
      'Cannot copy "/f" to "/b/": the destination directory does not exist',
    ],
    [
      [
        ['/f', 'file'],
        ['/b/', 'file'],
      ],
      'Cannot copy "/f" to "/b/": the destination is no directory',
    ],
    [
      [
        ['/d', 'directory'],
        ['/b', 'file'],
      ],
      'Cannot copy "/d" to "/b": the destination is no directory',
    ],
    [
      [
        ['/f', 'file'],
        ['/b/c/d', undefined],
      ],
      'Cannot copy "/f" to "/b/c/d": "/b/c" does not exist',
    ],
    [
      [
        ['/d', 'directory'],
        ['/b/d/', undefined],
      ],
      'Cannot copy "/d" to "/b/d/": "/b" does not exist',
    ],
    [
      [
        ['/f', 'file'],
        ['/b/c', undefined, 'file'],
      ],
      'Cannot copy "/f" to "/b/c": "/b" is no directory',
    ],
  ];
  for (const [words, message] of refusals) {
    assert.throws(() => plan(...words), { code: 'usage', message });
  }
});
