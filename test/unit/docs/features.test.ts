import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { differentialCases } from '../../support/differential/configs.ts';

const root = join(import.meta.dirname, '../../..');
const text = readFileSync(join(root, 'docs/features.md'), 'utf8');

interface Row {
  id: string;
  proofs: { file: string; name: string | undefined }[];
}

/** The rows of the table: an id in the first cell, proofs in backticks in the last. */
function readRows(): Row[] {
  return text.split('\n').flatMap((line) => {
    const cells = line.split(' | ');
    const id = /^\| ([A-Z]+\d? \d+)$/.exec(cells[0] ?? '')?.[1];
    if (id === undefined) return [];
    const proofs = [...(cells.at(-1) ?? '').matchAll(/`([^`]+)`/g)].map(([, proof = '']) => {
      const [file = '', name] = proof.split(' › ');
      return { file, name };
    });
    return [{ id, proofs }];
  });
}

/** Its tests are named after its cases, which are made elsewhere. */
const differentialTest = 'test/vm/differential.test.ts';

/** Test names with a template in them are compared without what the template fills in. */
function holdsTest(file: string, source: string, name: string): boolean {
  if (file === differentialTest && differentialCases.some((item) => item.name === name)) return true;
  if (source.includes(name) || source.includes(name.replaceAll("'", String.raw`\'`))) return true;
  const templates = [...source.matchAll(/test\(\s*`([^`]+)`/g)].map(([, template = '']) => template);
  return templates.some((template) => {
    const parts = template.split(/\$\{[^}]*\}+/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    return new RegExp(`^${parts.join('.*')}$`).test(name);
  });
}

const numbered = (system: string, first: number, last: number): string[] =>
  Array.from({ length: last - first + 1 }, (_, index) => `${system} ${first + index}`);

test('docs/features.md has one row for each behaviour that is owed, and no other', () => {
  const owed = [
    ...numbered('KR', 1, 17),
    ...numbered('RO', 1, 25),
    ...numbered('S1', 7, 10),
    ...numbered('S1', 15, 17),
  ];
  const ids = readRows().map(({ id }) => id);
  assert.deepEqual(
    ids.filter((id) => !id.startsWith('FB ')),
    owed,
  );
  const own = ids.filter((id) => id.startsWith('FB '));
  assert.deepEqual(own, numbered('FB', 1, own.length));
});

test('every row of docs/features.md has a proof', () => {
  const rows = readRows();
  for (const { id, proofs } of rows) assert.ok(proofs.length > 0, id);
});

test('every proof in docs/features.md is a test that exists', () => {
  for (const { id, proofs } of readRows()) {
    for (const { file, name } of proofs) {
      const source = readFileSync(join(root, file), 'utf8');
      if (name !== undefined) assert.ok(holdsTest(file, source, name), `${id}: no test "${name}" in ${file}`);
    }
  }
});
