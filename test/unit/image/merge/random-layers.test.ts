import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import {
  directory,
  type FixtureEntry,
  file,
  mergeLayers,
  opaque,
  outline,
  whiteout,
} from '../../../support/image-fixtures.ts';

type Step =
  | { kind: 'file'; path: string; content: string }
  | { kind: 'directory'; path: string }
  | { kind: 'whiteout'; path: string }
  | { kind: 'opaque'; path: string };

/** A tree as plain as can be: each path with its line, `/` for directories. */
type Model = Map<string, string>;

/** Says what one layer does to the tree: first its deletions below, then its entries on top. */
function applyToModel(model: Model, layer: readonly Step[]): void {
  for (const step of layer) {
    if (step.kind === 'whiteout') deleteBelow(model, step.path, true);
    if (step.kind === 'opaque' && model.get(step.path) === '/') deleteBelow(model, step.path, false);
  }
  for (const step of layer) {
    if (step.kind === 'whiteout' || step.kind === 'opaque') continue;
    for (const parent of parentsOf(step.path)) makeDirectory(model, parent);
    if (step.kind === 'directory') {
      makeDirectory(model, step.path);
      continue;
    }
    deleteBelow(model, step.path, true);
    model.set(step.path, `= ${step.content}`);
  }
}

function makeDirectory(model: Model, path: string): void {
  if (model.get(path) !== '/') model.set(path, '/');
}

function deleteBelow(model: Model, path: string, itself: boolean): void {
  for (const key of model.keys()) if (key.startsWith(`${path}/`)) model.delete(key);
  if (itself) model.delete(path);
}

function parentsOf(path: string): string[] {
  const names = path.split('/');
  return names.slice(1).map((_, index) => names.slice(0, index + 1).join('/'));
}

/** Keeps a layer well formed: no path below a file of the same layer, none twice. */
function wellFormed(steps: readonly Step[]): Step[] {
  const kept: Step[] = [];
  for (const step of steps) {
    const clash = kept.some(
      (other) =>
        (other.path === step.path && other.kind !== 'whiteout' && other.kind !== 'opaque') ||
        (step.path.startsWith(`${other.path}/`) && other.kind === 'file') ||
        (other.path.startsWith(`${step.path}/`) && step.kind === 'file'),
    );
    if (!clash) kept.push(step);
  }
  return kept;
}

function toEntry(step: Step): FixtureEntry {
  switch (step.kind) {
    case 'file':
      return file(step.path, step.content);
    case 'directory':
      return directory(step.path);
    case 'whiteout':
      return whiteout(step.path);
    case 'opaque':
      return opaque(step.path);
    default:
      return step satisfies never;
  }
}

const path = fc
  .array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 })
  .map((names) => names.join('/'));
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('file' as const),
      path,
      content: fc.stringMatching(/^[x-z]{0,3}$/),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('directory' as const), path }),
  },
  {
    weight: 2,
    arbitrary: fc.oneof(
      fc.record({ kind: fc.constant('whiteout' as const), path }),
      fc.record({ kind: fc.constant('opaque' as const), path }),
    ),
  },
);
const layers = fc.array(fc.array(step, { maxLength: 8 }).map(wellFormed), { minLength: 1, maxLength: 4 });

test('Merging random layers gives what deleting and copying in a plain map gives', async () => {
  await fc.assert(
    fc.asyncProperty(layers, async (steps) => {
      const model: Model = new Map();
      for (const layer of steps) applyToModel(model, layer);
      const expected = [...model].map(([key, line]) => (line === '/' ? `${key}/` : `${key} ${line}`));
      const tree = await mergeLayers(...steps.map((layer) => layer.map(toEntry)));
      assert.deepEqual(outline(tree), ['/', ...expected].toSorted());
    }),
    { seed: 5, numRuns: 600 },
  );
});

test('The order of entries within a layer does not matter', async () => {
  await fc.assert(
    fc.asyncProperty(layers, fc.infiniteStream(fc.nat({ max: 7 })), async (steps, picks) => {
      const shuffled = steps.map((layer) => {
        const left = [...layer];
        const result: Step[] = [];
        while (left.length > 0) {
          const index = (picks.next().value ?? 0) % left.length;
          result.push(...left.splice(index, 1));
        }
        return result;
      });
      const one = await mergeLayers(...steps.map((layer) => layer.map(toEntry)));
      const other = await mergeLayers(...shuffled.map((layer) => layer.map(toEntry)));
      assert.deepEqual(outline(one), outline(other));
    }),
    { seed: 6, numRuns: 200 },
  );
});
