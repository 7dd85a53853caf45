import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  device,
  directory,
  fifo,
  type FixtureEntry,
  file,
  hardlink,
  memoryLayer,
  mergeLayers,
  opaque,
  outline,
  symlink,
  tarOf,
  whiteout,
} from '../../../support/image-fixtures.ts';

async function merged(...layers: FixtureEntry[][]): Promise<string[]> {
  return outline(await mergeLayers(...layers));
}

async function refused(reason: string, ...layers: FixtureEntry[][]): Promise<void> {
  await assert.rejects(mergeLayers(...layers), (error: Error & { code?: string }) => {
    assert.equal(error.code, 'image');
    assert.ok(error.message.startsWith('Cannot accept entry "'), error.message);
    assert.ok(error.message.endsWith(`of layer "test": ${reason}`), error.message);
    return true;
  });
}

test('A whiteout removes a name of a lower layer with all that is below it', async () => {
  const lower = [directory('d'), directory('d/e'), file('d/e/f'), file('g')];
  assert.deepEqual(await merged(lower, [whiteout('d'), whiteout('g')]), ['/']);
});

test('A whiteout of something that does not exist changes nothing', async () => {
  assert.deepEqual(await merged([file('a')], [whiteout('b'), whiteout('no/such')]), ['/', 'a = ']);
});

test('A whiteout leaves what its own layer brings, before or after it', async () => {
  const lower = [directory('d'), file('d/old'), file('f', 'old')];
  const upper = [directory('d'), file('d/new'), file('f', 'new')];
  const markers = [whiteout('d'), whiteout('f')];
  const expected = ['/', 'd/', 'd/new = ', 'f = new'];
  assert.deepEqual(await merged(lower, [...markers, ...upper]), expected);
  assert.deepEqual(await merged(lower, [...upper, ...markers]), expected);
});

test('A directory that only new files hold after its whiteout loses its old metadata', async () => {
  const tree = await mergeLayers(
    [directory('d', { mode: 0o700, uid: 5 }), file('d/a')],
    [file('d/b'), whiteout('d')],
  );
  assert.deepEqual(outline(tree), ['/', 'd/', 'd/b = ']);
  assert.deepEqual([tree.get('d')?.mode, tree.get('d')?.uid, tree.get('d')?.mtimeSeconds], [0o755, 0, 0]);
});

test('An opaque marker hides lower layers wherever it stands', async () => {
  const lower = [directory('d'), file('d/a'), directory('d/s'), file('d/s/b')];
  const upper = [directory('d'), file('d/new'), file('d/s/c')];
  const expected = ['/', 'd/', 'd/new = ', 'd/s/', 'd/s/c = '];
  assert.deepEqual(await merged(lower, [opaque('d'), ...upper]), expected);
  assert.deepEqual(await merged(lower, [...upper, opaque('d')]), expected);
  assert.deepEqual(await merged(lower, [file('x')], [opaque('.')]), ['/']);
});

test('The topmost layer decides about a directory, and its content stays', async () => {
  const tree = await mergeLayers(
    [directory('.', { mode: 0o700 }), directory('d', { mode: 0o700 }), file('d/a')],
    [directory('d', { mode: 0o1777, uid: 9 }), directory('.', { mode: 0o755, gid: 3 })],
  );
  assert.deepEqual(outline(tree), ['/', 'd/', 'd/a = ']);
  assert.deepEqual([tree.get('d')?.mode, tree.get('d')?.uid], [0o1777, 9]);
  assert.deepEqual([tree.get('')?.mode, tree.get('')?.gid], [0o755, 3]);
});

test('A directory replaces a file, and a file a directory', async () => {
  const lower = [file('a'), directory('b'), file('b/c'), symlink('s', 'b')];
  assert.deepEqual(await merged(lower, [directory('a'), file('b', 'file'), directory('s')]), [
    '/',
    'a/',
    'b = file',
    's/',
  ]);
});

test('Missing parents become directories of root', async () => {
  const tree = await mergeLayers([file('a/b/c')]);
  assert.deepEqual(outline(tree), ['/', 'a/', 'a/b/', 'a/b/c = ']);
  assert.deepEqual([tree.get('a')?.mode, tree.get('a')?.uid, tree.get('a')?.mtimeSeconds], [0o755, 0, 0]);
});

test('A file of a lower layer gives way to a parent directory, one of the same layer does not', async () => {
  assert.deepEqual(await merged([file('a', 'file')], [file('a/b')]), ['/', 'a/', 'a/b = ']);
  await refused('its parent "a" is no directory', [file('a'), file('a/b')]);
});

test('Entries below a symlink go where it points inside the tree', async () => {
  const lower = [directory('usr/lib'), symlink('lib', 'usr/lib'), symlink('abs', '/usr/lib')];
  assert.deepEqual(await merged(lower, [file('lib/a'), file('abs/b'), whiteout('lib/c')]), [
    '/',
    'abs -> /usr/lib',
    'lib -> usr/lib',
    'usr/',
    'usr/lib/',
    'usr/lib/a = ',
    'usr/lib/b = ',
  ]);
});

test('A symlink that leads out of the root ends at the root', async () => {
  const layer = [symlink('up', '../../../etc'), file('up/passwd', 'inside')];
  assert.deepEqual(await merged(layer), ['/', 'etc/', 'etc/passwd = inside', 'up -> ../../../etc']);
});

test('A loop of symlinks is refused', async () => {
  await refused('its parent directory is a loop of symbolic links', [
    symlink('a', 'b'),
    symlink('b', 'a'),
    file('a/f'),
  ]);
});

test('A whiteout below a symlink works where it points, and never follows the last name', async () => {
  const lower = [directory('real'), file('real/f'), symlink('link', 'real')];
  assert.deepEqual(await merged(lower, [whiteout('link/f')]), ['/', 'link -> real', 'real/']);
  assert.deepEqual(await merged(lower, [whiteout('link')]), ['/', 'real/', 'real/f = ']);
});

test('Hard links keep the content when the name they were made from goes or changes', async () => {
  const lower = [file('a', 'content'), hardlink('b', 'a'), hardlink('c', '/a')];
  assert.deepEqual(await merged(lower), ['/', 'a = content', 'b => a', 'c => a']);
  assert.deepEqual(await merged(lower, [whiteout('a')]), ['/', 'b = content', 'c => b']);
  assert.deepEqual(await merged(lower, [file('a', 'other')]), ['/', 'a = other', 'b = content', 'c => b']);
  assert.deepEqual(await merged(lower, [hardlink('a', 'a')]), ['/', 'a = content', 'b => a', 'c => a']);
});

test('A hard link may name an entry of a lower layer, also one that goes later', async () => {
  const layers = [[file('a', 'x')], [hardlink('b', 'a')], [whiteout('a')]];
  assert.deepEqual(await merged(...layers), ['/', 'b = x']);
});

test('Symlinks, devices and FIFOs can be hard linked', async () => {
  const layer = [
    symlink('s', 't'),
    hardlink('s2', 's'),
    device('c', 'char', 1, 3),
    hardlink('c2', 'c'),
    fifo('p'),
  ];
  assert.deepEqual(await merged(layer), ['/', 'c char 1:3', 'c2 => c', 'p fifo', 's -> t', 's2 => s']);
});

test('A hard link to nothing or to a directory is refused', async () => {
  await refused('the target of the hard link, "gone", does not exist', [hardlink('a', 'gone')]);
  await refused('the target of the hard link, "d", is a directory', [directory('d'), hardlink('a', 'd')]);
  await refused('its path holds ".."', [file('f'), hardlink('a', '../f')]);
});

test('Of entries with the same name the last one counts', async () => {
  assert.deepEqual(await merged([file('a', '1'), file('./a', '2'), file('/a', '3')]), ['/', 'a = 3']);
});

test('Names may hold anything but a slash and NUL', async () => {
  assert.deepEqual(await merged([file('new\nline'), file('\udcff'), file('.wh'), file('a.wh.b')]), [
    '.wh = ',
    '/',
    'a.wh.b = ',
    'new\nline = ',
    '\udcff = ',
  ]);
});

test('Paths that leave the root are refused', async () => {
  await refused('its path holds ".."', [file('../a')]);
  await refused('its path holds ".."', [file('/a/../../b')]);
});

test('Names and paths have the bounds of the kernel', async () => {
  assert.equal((await merged([file('n'.repeat(255))])).length, 2);
  await refused('a name is longer than 255 bytes', [file('n'.repeat(256))]);
  await refused('its path is longer than 4095 bytes', [file(`${'d/'.repeat(2048)}f`)]);
  const parts = [
    directory('d'.repeat(200)),
    symlink('s', 'd'.repeat(200)),
    directory(`s/${'e/'.repeat(1900)}`),
  ];
  await refused('its path is longer than 4095 bytes', [
    ...parts,
    file(`s/${'e/'.repeat(1900)}${'f/'.repeat(60)}`),
  ]);
});

test('Owners and device numbers have the bounds of the kernel', async () => {
  await refused('its owner 4294967295 is not between 0 and 4294967294', [file('a', '', { uid: 0xffffffff })]);
  await refused('its device number 4096:0 does not exist', [device('a', 'char', 4096, 0)]);
});

test('Whiteouts without a name, and entries below one, are refused', async () => {
  for (const name of ['.wh.', '.wh..', '.wh...']) await refused('it is a whiteout of no name', [file(name)]);
  await refused('it lies below a whiteout', [file('.wh.d/f')]);
});

test("aufs's own files are left out", async () => {
  assert.deepEqual(
    await merged([directory('.wh..wh.plnk'), file('.wh..wh.plnk/1.2'), file('.wh..wh.aufs')]),
    ['/'],
  );
});

test('The root must stay a directory', async () => {
  await refused('it replaces the root directory', [symlink('.', 'x')]);
});

test('In a root file system a whiteout is an ordinary name', async () => {
  const layer = memoryLayer(tarOf([file('a'), file('.wh.a')]), { hasWhiteouts: false });
  assert.deepEqual(outline(await mergeLayers(layer)), ['.wh.a = ', '/', 'a = ']);
});

test('Attributes are kept as bytes, except those that an overlay would obey', async () => {
  const value = Buffer.from([0, 1, 0xff, 0x0a]);
  const names = [
    'user.b',
    'security.capability',
    'trusted.overlay.opaque',
    'user.overlay.redirect',
    'odd.name',
  ];
  const xattrs = new Map(names.map((name) => [name, value]));
  const tree = await mergeLayers([file('f', '', { xattrs })]);
  assert.deepEqual(
    [...(tree.get('f')?.xattrs ?? [])],
    [
      ['security.capability', value],
      ['user.b', value],
    ],
  );
});

test('A link target counts in bytes, also where they are no UTF-8', async () => {
  const target = '\udcff'.repeat(4095);
  assert.deepEqual(outline(await mergeLayers([symlink('a', target)])), ['/', `a -> ${target}`]);
});
