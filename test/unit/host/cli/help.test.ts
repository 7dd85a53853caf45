import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { commands } from '../../../../host/cli/commands.ts';
import { commandHelp, mainHelp } from '../../../../host/cli/help.ts';
import { helpSpec } from '../../../../host/cli/option-specs.ts';

describe('mainHelp()', () => {
  it('has a line for every command', () => {
    const text = mainHelp(commands);
    for (const { name, summary } of commands) assert.match(text, new RegExp(`^  ${name} +${summary}$`, 'm'));
  });
});

for (const command of commands) {
  describe(`the help of "${command.name}"`, () => {
    const text = commandHelp(command);

    it('fits a terminal of 120 columns', () => {
      for (const line of text.split('\n')) assert.ok(line.length <= 120, line);
    });

    it('names every option once', () => {
      const specs = [...command.specs, helpSpec];
      for (const { name } of specs) assert.match(text, new RegExp(`--${name}\\b`));
      const flags = specs.flatMap(({ name, short }) => (short === undefined ? [name] : [name, short]));
      assert.equal(new Set(flags).size, flags.length);
    });
  });
}
