import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

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

/** Test names with a template in them are compared without what the template fills in. */
function holdsTest(source: string, name: string): boolean {
  if (source.includes(name) || source.includes(name.replaceAll("'", String.raw`\'`))) return true;
  const templates = [...source.matchAll(/test\(\s*`([^`]+)`/g)].map(([, template = '']) => template);
  return templates.some((template) => {
    const parts = template.split(/\$\{[^}]*\}+/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    return new RegExp(`^${parts.join('.*')}$`).test(name);
  });
}

test('every row of docs/features.md has a proof', () => {
  const rows = readRows();
  assert.ok(rows.length >= 12, 'the table is there');
  for (const { id, proofs } of rows) assert.ok(proofs.length > 0, id);
});

test('every proof in docs/features.md is a test that exists', () => {
  for (const { id, proofs } of readRows()) {
    for (const { file, name } of proofs) {
      const source = readFileSync(join(root, file), 'utf8');
      if (name !== undefined) assert.ok(holdsTest(source, name), `${id}: no test "${name}" in ${file}`);
    }
  }
});
