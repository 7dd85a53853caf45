import * as fc from 'fast-check';
import { makeEntry, makeFile, type TestEntry } from './erofs-image.ts';

const name = fc
  .oneof(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
    fc.string({ unit: fc.constantFrom('-', '.', '!', 'a', 'b', '\u00e9'), minLength: 1, maxLength: 60 }),
  )
  .filter((text) => !/[/\0]/.test(text) && text !== '.' && text !== '..' && text.isWellFormed());

const sizeBytes = fc.oneof(
  fc.nat(300),
  fc.integer({ min: 3900, max: 4200 }),
  fc.integer({ min: 0, max: 200_000 }),
);

const xattrs = fc
  .dictionary(fc.stringMatching(/^trusted\.[a-z]{1,30}$/), fc.uint8Array({ maxLength: 1500 }), { maxKeys: 3 })
  .map((values) => new Map(Object.entries(values).map(([key, value]) => [key, Buffer.from(value)])));

const attributes = fc.record({
  mode: fc.nat(0o7777),
  uid: fc.nat(0xfffffffe),
  gid: fc.nat(0xfffffffe),
  mtimeSeconds: fc.integer({ min: -(2 ** 31), max: 2 ** 32 }),
  mtimeNanoseconds: fc.nat(999_999_999),
  xattrs,
});

/** One step of building a tree. Numbers choose among what is there, modulo its count. */
const step = fc.record({
  kind: fc.constantFrom('file', 'file', 'directory', 'directory', 'symlink', 'hardlink', 'char', 'fifo'),
  parent: fc.nat(),
  target: fc.nat(),
  name,
  sizeBytes,
  fill: fc.nat(255),
  attributes,
});
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

function applyStep(entries: TestEntry[], one: Step): void {
  const directories = entries.filter(({ entry }) => entry.type === 'directory');
  const parent = directories[one.parent % directories.length]?.entry.path;
  const path = parent === '' ? one.name : `${parent}/${one.name}`;
  if (entries.some(({ entry }) => entry.path === path)) return;
  switch (one.kind) {
    case 'file':
      entries.push(makeFile(path, Buffer.alloc(one.sizeBytes, one.fill), one.attributes));
      return;
    case 'hardlink': {
      const targets = entries.filter(({ entry }) => entry.type !== 'directory');
      const target = targets[one.target % targets.length];
      if (target !== undefined) entries.push(makeEntry('hardlink', path, { linkTarget: target.entry.path }));
      return;
    }
    case 'symlink':
      entries.push(makeEntry('symlink', path, { ...one.attributes, linkTarget: one.name, mode: 0o777 }));
      return;
    case 'char':
      entries.push(
        makeEntry('char', path, { ...one.attributes, devMajor: one.fill, devMinor: one.sizeBytes }),
      );
      return;
    case 'directory':
    case 'fifo':
      entries.push(makeEntry(one.kind, path, one.attributes));
  }
}

/** Trees that an image can hold, as entries in a valid order. */
export const randomTree = fc
  .tuple(attributes, fc.array(step, { maxLength: 120, size: 'max' }))
  .map(([rootAttributes, steps]) => {
    const entries = [makeEntry('directory', '', rootAttributes)];
    for (const one of steps) applyStep(entries, one);
    return entries;
  });
