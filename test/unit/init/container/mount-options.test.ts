import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  MS_BIND,
  MS_NODEV,
  MS_NOEXEC,
  MS_NOSUID,
  MS_RDONLY,
  MS_REC,
  MS_RELATIME,
} from '../../../../addon/constants.ts';
import { parseMountOptions } from '../../../../init/container/mount-options.ts';

const table: [options: string[], flags: number, data: string][] = [
  [[], 0, ''],
  [['ro'], MS_RDONLY, ''],
  [['rw'], 0, ''],
  [['nosuid', 'nodev', 'noexec'], MS_NOSUID | MS_NODEV | MS_NOEXEC, ''],
  [['bind'], MS_BIND, ''],
  [['rbind', 'ro'], MS_BIND | MS_REC | MS_RDONLY, ''],
  [['relatime'], MS_RELATIME, ''],
  [['mode=1777', 'size=65536k'], 0, 'mode=1777,size=65536k'],
  [['nosuid', 'newinstance', 'noexec', 'gid=5'], MS_NOSUID | MS_NOEXEC, 'newinstance,gid=5'],
  [['ro', 'ro'], MS_RDONLY, ''],
  [['ro', 'rw'], 0, ''],
  [['nosuid', 'nodev', 'noexec', 'exec', 'size=1m'], MS_NOSUID | MS_NODEV, 'size=1m'],
  [['exec', 'noexec'], MS_NOEXEC, ''],
  [['nosuid', 'nodev', 'suid', 'dev'], 0, ''],
];
for (const [options, flags, data] of table) {
  test(`parseMountOptions() sorts [${options.join(',')}] into flags and data`, () => {
    assert.deepEqual(parseMountOptions(options), { flags, data });
  });
}
