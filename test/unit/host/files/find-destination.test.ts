import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findDestination } from '../../../../host/files/find-destination.ts';
import type { FileStat } from '../../../../protocol/messages.ts';

const stat = (type: FileStat['type'], target?: string): FileStat => ({
  type,
  mode: 0o755,
  uid: 0,
  gid: 0,
  sizeBytes: 0,
  modifiedMs: 0,
  ...(target === undefined ? {} : { target }),
});

const files: Record<string, FileStat> = {
  '/dir': stat('directory'),
  '/dir/': stat('directory'),
  '/dir/link': stat('symlink', '../dir/file'),
  '/dir/../dir/file': stat('file'),
  '/dangling': stat('symlink', '/dir/new'),
  '/loop': stat('symlink', 'loop'),
};
const statAt = (path: string): Promise<FileStat | undefined> => Promise.resolve(files[path]);

test('findDestination() tells what is there, and of its parent when nothing is', async () => {
  assert.deepEqual(await findDestination('/dir', statAt), {
    path: '/dir',
    stat: files['/dir'],
    parentStat: undefined,
  });
  assert.deepEqual(await findDestination('/dir/new', statAt), {
    path: '/dir/new',
    stat: undefined,
    parentStat: files['/dir/'],
  });
});

test('findDestination() follows links, also to where nothing is', async () => {
  assert.equal((await findDestination('/dir/link', statAt)).path, '/dir/../dir/file');
  const { path, parentStat } = await findDestination('/dangling', statAt);
  assert.deepEqual([path, parentStat?.type], ['/dir/new', 'directory']);
  await assert.rejects(findDestination('/loop', statAt), {
    code: 'usage',
    message: 'Cannot copy to "/loop": more than 40 links lead on from it',
  });
});
