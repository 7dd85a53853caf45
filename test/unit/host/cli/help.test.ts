import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { buildHelp, mainHelp, runHelp } from '../../../../host/cli/help.ts';
import { buildSpecs, runSpecs } from '../../../../host/cli/option-specs.ts';

describe('help', () => {
  it('fits a terminal of 110 columns', () => {
    for (const text of [mainHelp, runHelp(), buildHelp()]) {
      for (const line of text.split('\n')) assert.ok(line.length <= 110, line);
    }
  });

  it('names every option', () => {
    for (const { name } of runSpecs) assert.match(runHelp(), new RegExp(`--${name}\\b`));
    for (const { name } of buildSpecs) assert.match(buildHelp(), new RegExp(`--${name}\\b`));
  });

  it('names no option twice', () => {
    for (const specs of [runSpecs, buildSpecs]) {
      const flags = specs.flatMap(({ name, short }) => (short === undefined ? [name] : [name, short]));
      assert.equal(new Set(flags).size, flags.length);
    }
  });
});
