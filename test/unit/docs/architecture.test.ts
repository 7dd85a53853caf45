import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '../../..');
const documents = ['README.md', ...globSync('docs/*.md', { cwd: root })];
const folders = '{protocol,addon,init,image,host,scripts,test,bench,docs}';
const sources = globSync(`${folders}/**/*.{ts,cc,h,sh,md,txt}`, { cwd: root });

/** Files that a document names in backticks; short names stand for any file that ends so. */
function namedFiles(text: string): string[] {
  return [...text.matchAll(/`([\w./-]+\.(?:ts|cc|h|sh))`/g)].map(([, name = '']) => name);
}

test('every source file that docs/architecture.md names exists', () => {
  const names = namedFiles(readFileSync(join(root, 'docs/architecture.md'), 'utf8'));
  assert.ok(names.length > 20, 'the page names files');
  const missing = names.filter(
    (name) => !sources.some((path) => path === name || path.endsWith(`/${name.replace(/^(\.\.\/)+/, '')}`)),
  );
  assert.deepEqual(missing, []);
});

test('every link between the documents leads to a file', () => {
  for (const document of documents) {
    const text = readFileSync(join(root, document), 'utf8');
    for (const [, target = ''] of text.matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g)) {
      assert.ok(existsSync(join(root, dirname(document), target)), `${document} links to "${target}"`);
    }
  }
});
