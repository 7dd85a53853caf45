import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { Firstborn, type Machine } from '../../../../host/client/index.ts';
import { projectRoot } from '../../../support/test-images.ts';
import { fakeInstallation } from './fake-installation.ts';

const text = readFileSync(join(projectRoot, 'docs/client.md'), 'utf8');

function block(language: string): string {
  return new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'ms').exec(text)?.[1] ?? '';
}

test('the example in docs/client.md prints what stands behind it', { timeout: 60_000 }, async (context) => {
  const { environment, image, machineIds, stateDir } = fakeInstallation(context, { workloads: [['sleep']] });
  const path = join(stateDir, '../example.ts');
  writeFileSync(path, block('ts').replace("'firstborn'", `'${join(projectRoot, 'host/client/index.ts')}'`));
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [path, image], { env: environment });
  assert.deepEqual([stdout, stderr], [block('text'), '']);
  assert.deepEqual(machineIds(), []);
});

test('docs/client.md names what there is', () => {
  const known = new Set<string>(Object.getOwnPropertyNames(Firstborn.prototype));
  const methods: (keyof Machine)[] = [
    'start',
    'ready',
    'wait',
    'stop',
    'attach',
    'exec',
    'copyOut',
    'copyIn',
  ];
  methods.push('logs', 'events', 'watchMetrics', 'metrics', 'processes', 'remove', 'bootTimeline');
  for (const name of [...methods, ...known].filter((method) => method !== 'constructor')) {
    assert.match(text, new RegExp(`\\b${name}\\b`), name);
  }
});

test('the package exports the library', async () => {
  const { exports } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as {
    exports: Record<string, string>;
  };
  assert.equal(exports['.'], './host/client/index.ts');
  const library = (await import('../../../../host/client/index.ts')) as Record<string, unknown>;
  assert.deepEqual(Object.keys(library).toSorted(), [
    'Firstborn',
    'FirstbornError',
    'RequestRefusal',
    'describeError',
  ]);
});
