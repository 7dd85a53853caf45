import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { plainText, shortened } from '../../../../host/cli/plain-text.ts';
import { formatTable, TableLayout } from '../../../../host/cli/table.ts';

describe('formatTable()', () => {
  it('makes columns as wide as their widest cell', () => {
    assert.equal(
      formatTable(
        ['ID', 'NAME'],
        [
          ['1234', 'x'],
          ['1', ''],
        ],
      ),
      'ID     NAME\n1234   x\n1\n',
    );
  });
  it('prints the titles alone without rows', () =>
    assert.equal(formatTable(['ID', 'NAME'], []), 'ID   NAME\n'));
  it('lets no cell disturb the terminal', () => {
    assert.equal(formatTable(['A', 'B'], [['\x1b[2Jx\ny', 'z']]), 'A         B\n [2Jx y   z\n');
  });
});

describe('TableLayout', () => {
  it('keeps its widths for later rows', () => {
    const layout = new TableLayout(['A', 'B']);
    assert.deepEqual(layout.table([['12345', 'x']]), ['A       B', '12345   x']);
    assert.deepEqual(layout.rows([['1', 'y']]), ['1       y']);
  });
});

describe('plainText()', () => {
  it('replaces controls, line separators and marks of direction', () => {
    assert.equal(plainText('a\x07\x9bb\u2028c\u202ed'), 'a b c d');
  });
});

describe('shortened()', () => {
  it('cuts by characters and says so', () => {
    assert.equal(shortened('abcdef', 6), 'abcdef');
    assert.equal(shortened('abcdefg', 6), 'abcde…');
    assert.equal(shortened('😀😀😀', 2), '😀…');
  });
});
