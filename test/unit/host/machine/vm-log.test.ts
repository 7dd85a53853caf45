import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { endWithoutWord } from '../../../../host/machine/vm-log.ts';
import { scratchDirectory } from '../../../support/scratch-directory.ts';

const cases: [Parameters<typeof endWithoutWord>[0], string | undefined, string][] = [
  [{ code: 0, signal: null }, '', 'Machine ended without a word from the guest'],
  [{ code: null, signal: null }, undefined, 'Machine ended without a word from the guest'],
  [{ code: 1, signal: null }, 'no disk\n', 'Virtual machine monitor ended with code 1: no disk'],
  [{ code: null, signal: 'SIGSEGV' }, '', 'Virtual machine monitor was killed by SIGSEGV'],
  [{ code: null, signal: null }, 'no disk\n', 'Virtual machine monitor ended: no disk'],
  [
    { code: 1, signal: null },
    '1\n\n2\n\u001b[31m3\u0007\n4\n',
    'Virtual machine monitor ended with code 1: 2; 3; 4',
  ],
];

describe('endWithoutWord()', () => {
  for (const [end, text, message] of cases) {
    it(`says "${message}"`, async (context) => {
      const path = join(scratchDirectory(context), 'vm.log');
      if (text !== undefined) writeFileSync(path, text);
      const error = await endWithoutWord(end, path);
      assert.deepEqual([error.code, error.message], ['vm', message]);
    });
  }
});
