import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { readImageTexts } from '../../../image/read-image-texts.ts';
import {
  directory,
  file,
  symlink,
  tarOf,
  temporaryDirectory,
  whiteout,
} from '../../support/image-fixtures.ts';
import { layoutOf } from '../../support/layout-fixtures.ts';

const options = { platform: { os: 'linux', architecture: 'amd64' }, maxBytes: 100 };
const layers = [
  tarOf([
    directory('etc'),
    file('etc/passwd', 'lower'),
    file('etc/group', 'lower group'),
    file('etc/gone', 'x'),
    file('etc/long', 'x'.repeat(101)),
    file('etc/empty'),
    directory('usr'),
    directory('usr/lib'),
    file('usr/lib/passwd', 'by a link'),
    symlink('etc/absolute', '/usr/lib/passwd'),
    symlink('etc/relative', '../usr/../usr/lib/passwd'),
    symlink('etc/outside', '../../../../usr/lib/passwd'),
    symlink('etc/loop', 'loop'),
    symlink('lib', 'usr/lib'),
  ]),
  tarOf([file('etc/passwd', 'upper'), whiteout('etc/gone')]),
];

test('readImageTexts() finds what the container would find', async (context) => {
  const path = await layoutOf({ layers }).writeTo(join(await temporaryDirectory(context), 'layout'));
  const wanted: [path: string, text: string | undefined][] = [
    ['/etc/passwd', 'upper'],
    ['/etc/group', 'lower group'],
    ['/etc/gone', undefined],
    ['/etc/none', undefined],
    ['/none/passwd', undefined],
    ['/etc', undefined],
    ['/etc/empty', ''],
    ['/etc/absolute', 'by a link'],
    ['/etc/relative', 'by a link'],
    ['/etc/outside', 'by a link'],
    ['/etc/loop', undefined],
    ['/lib/passwd', 'by a link'],
  ];
  const { texts, config } = await readImageTexts(
    path,
    wanted.map(([name]) => name),
    options,
  );
  for (const [name, text] of wanted) assert.equal(texts.get(name), text, name);
  assert.equal(config.architecture, 'amd64');
});

test('readImageTexts() refuses a file that is too long, and what is no image', async (context) => {
  const root = await temporaryDirectory(context);
  const path = await layoutOf({ layers }).writeTo(join(root, 'layout'));
  await assert.rejects(readImageTexts(path, ['/etc/long'], options), {
    code: 'image',
    message: 'Cannot read "/etc/long" in the image: it has 101 bytes, at most 100 are read',
  });
  await mkdir(join(root, 'plain'));
  await writeFile(join(root, 'plain/readme'), 'text');
  await assert.rejects(readImageTexts(join(root, 'plain'), [], options), {
    code: 'image',
    message: /has no executable file$/,
  });
});

test('readImageTexts() ends early with the reason of its signal', async (context) => {
  const path = await layoutOf({ layers }).writeTo(join(await temporaryDirectory(context), 'layout'));
  const signal = AbortSignal.abort(new Error('enough'));
  await assert.rejects(readImageTexts(path, ['/etc/passwd'], { ...options, signal }), { message: 'enough' });
});
