import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { drawing } from '../../../../host/cli/live-screen.ts';

describe('drawing()', () => {
  it('draws over every line and clears the rest', () => {
    assert.equal(drawing(['ab', 'c'], { rows: 24, columns: 80 }), '\x1b[Hab\x1b[K\nc\x1b[K\n\x1b[J');
  });
  it('keeps within the terminal', () => {
    assert.equal(drawing(['abcdef', 'c', 'd'], { rows: 3, columns: 3 }), '\x1b[Habc\x1b[K\nc\x1b[K\n\x1b[J');
  });
});
