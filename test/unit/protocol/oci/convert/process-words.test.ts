import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ImageConfig } from '../../../../../protocol/image-config.ts';
import { composeArguments, composeUser } from '../../../../../protocol/oci/convert/process-words.ts';
import { launchWith } from './conversion-input.ts';

type Words = string[] | null | undefined;
const composition: [what: string, image: [Words, Words], launch: [Words, Words], args: string[]][] = [
  ['entrypoint and command of the image', [['e'], ['c', 'd']], [undefined, undefined], ['e', 'c', 'd']],
  ['an image with an entrypoint only', [['e', 'x'], undefined], [undefined, undefined], ['e', 'x']],
  ['an image with a command only', [undefined, ['c']], [undefined, undefined], ['c']],
  ['null for absent, as Go writes', [null, ['c']], [undefined, undefined], ['c']],
  ['a command given', [['e'], ['c']], [undefined, ['n']], ['e', 'n']],
  ['an empty command given', [['e'], ['c']], [undefined, []], ['e']],
  ['an entrypoint given: the command of the image goes', [['e'], ['c']], [['n'], undefined], ['n']],
  ['both given', [['e'], ['c']], [['n'], ['m']], ['n', 'm']],
  ['an empty entrypoint and a command given', [['e'], ['c']], [[], ['m']], ['m']],
  ['an empty entrypoint given: a shell', [['e'], ['c']], [[], undefined], ['/bin/sh']],
  ['nothing anywhere: a shell', [undefined, undefined], [undefined, undefined], ['/bin/sh']],
  ['empty lists anywhere: a shell', [[], []], [undefined, undefined], ['/bin/sh']],
  ['empty words, which are words', [[''], undefined], [undefined, undefined], ['']],
];
for (const [what, [Entrypoint, Cmd], [entrypoint, command], args] of composition) {
  test(`composeArguments() goes by ${what}`, () => {
    const image: ImageConfig = { config: { Entrypoint, Cmd } };
    const launch = launchWith({
      process: { entrypoint: entrypoint ?? undefined, command: command ?? undefined },
    });
    assert.deepEqual(composeArguments(image, launch.process), args);
  });
}

test('composeArguments() starts a shell for an image without a config', () => {
  assert.deepEqual(composeArguments({}, launchWith().process), ['/bin/sh']);
  assert.deepEqual(composeArguments({ config: null }, launchWith().process), ['/bin/sh']);
});

const launchUser = (user: string): ReturnType<typeof launchWith> => launchWith({ process: { user } });

test('composeUser() prefers the launch config, then the image, then nobody in particular', () => {
  const image = { config: { User: 'image' } };
  assert.equal(composeUser(image, launchUser('launch').process), 'launch');
  assert.equal(composeUser(image, launchUser('').process), '');
  assert.equal(composeUser(image, launchWith().process), 'image');
  assert.equal(composeUser({ config: { User: null } }, launchWith().process), '');
  assert.equal(composeUser({}, launchWith().process), '');
});
