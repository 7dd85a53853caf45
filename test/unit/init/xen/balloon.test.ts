import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { followBalloon } from '../../../../init/xen/balloon.ts';
import { FakeNative } from '../../../support/fake-native.ts';
import { makeRecordingLog } from '../../../support/recording-log.ts';
import { scratchDirectory } from '../../../support/scratch-directory.ts';

test('followBalloon() does nothing on a machine without xenstore, or without a balloon', (context) => {
  const directory = scratchDirectory(context);
  const { log, lines } = makeRecordingLog();
  const base = { native: new FakeNative(), log, onMemory: assert.fail };
  followBalloon({ ...base, storePath: join(directory, 'none'), balloonPath: directory });
  followBalloon({ ...base, storePath: directory, balloonPath: join(directory, 'none') });
  assert.deepEqual(lines, []);
});

test('followBalloon() only warns of a store that can not be opened', (context) => {
  const directory = scratchDirectory(context);
  const storePath = join(directory, 'store');
  mkdirSync(storePath);
  const { log, lines } = makeRecordingLog();
  followBalloon({ native: new FakeNative(), log, onMemory: assert.fail, storePath, balloonPath: directory });
  assert.equal(lines[0]?.['level'], 40);
});
