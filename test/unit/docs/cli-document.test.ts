import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { commands } from '../../../host/cli/commands.ts';
import { eventNames } from '../../../host/cli/event-text.ts';
import { commandHelp } from '../../../host/cli/help.ts';
import { psObject } from '../../../host/cli/ps-rows.ts';
import { statsObject } from '../../../host/cli/stats-rows.ts';
import { machineInfo } from '../host/cli/support/machine-infos.ts';

const text = readFileSync(join(import.meta.dirname, '../../../docs/cli.md'), 'utf8');
const sections = new Map(
  text
    .split('\n## ')
    .slice(1)
    .map((section) => [section.slice(0, section.indexOf('\n')), section] as const),
);

describe('docs/cli.md', () => {
  for (const { name, summary, specs } of commands) {
    const meant = /^The same as (.+)$/.exec(summary)?.[1];
    it(`describes "${name}"`, () => {
      const section = sections.get(meant ?? (name === 'images' ? 'build' : name));
      assert.ok(section !== undefined, 'there is a section');
      assert.ok(section.includes(`\`${name}\``) || section.includes(`\`firstborn ${name} `), 'it is named');
      // What several commands say of the container stands in one place.
      const shared = section.includes('(#the-container)') ? (sections.get('The container') ?? '') : '';
      for (const { name: option } of specs) {
        assert.match(section + shared, new RegExp(`\`(?:-., )?--${option}[ \`]`));
      }
    });
    it(`gives the exit codes of "${name}"`, () => {
      if (meant === undefined) assert.match(sections.get('Exit codes') ?? '', new RegExp(`\`${name}[ \`]`));
    });
  }

  it('names the keys of JSON output and every event', () => {
    const keysOf = {
      ps: psObject(machineInfo(), 0),
      stats: statsObject({ id: '', name: '', figures: undefined }, 0),
    };
    for (const [name, object] of Object.entries(keysOf)) {
      for (const key of Object.keys(object)) assert.ok(sections.get(name)?.includes(`\`${key}\``), key);
    }
    for (const name of eventNames) assert.ok(sections.get('events')?.includes(`\`${name}\``), name);
  });
});

describe('help', () => {
  for (const command of commands.filter(({ name }) => !name.endsWith('build'))) {
    it(`of "${command.name}" tells its exit codes`, () =>
      assert.match(commandHelp(command), /\nExit code: /));
  }
});
