import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unmountVolumesPlan, volumeMountPoints } from '../../../../init/machine/unmount-volumes.ts';
import { planLinesWithTolerance } from '../../../support/plan-text.ts';

test('volumeMountPoints() are those below the directory of volumes, in their order', () => {
  const mountinfo = [
    '22 1 0:20 / /run rw,nosuid,nodev - tmpfs tmpfs rw',
    '40 22 254:32 / /run/firstborn/volumes/0 rw,nosuid,nodev - ext4 /dev/vdc rw',
    '41 22 0:40 / /run/firstborn/pts/main rw - devpts devpts rw',
    '42 22 0:41 / /run/firstborn/volumes/3 ro,nosuid,nodev - virtiofs firstborn-vol-3 ro',
    '',
  ].join('\n');
  assert.deepEqual(volumeMountPoints(mountinfo), ['/run/firstborn/volumes/0', '/run/firstborn/volumes/3']);
  assert.deepEqual(volumeMountPoints(''), []);
});

test('unmountVolumesPlan() unmounts the last first, and makes read-only what is in use', () => {
  assert.deepEqual(planLinesWithTolerance(unmountVolumesPlan(['/v/0', '/v/1'])), [
    'unmount /v/1 0 [accepts EBUSY] [warns]',
    'mount none /v/1 "" MS_RDONLY|MS_REMOUNT "" [accepts EINVAL] [warns]',
    'unmount /v/0 0 [accepts EBUSY] [warns]',
    'mount none /v/0 "" MS_RDONLY|MS_REMOUNT "" [accepts EINVAL] [warns]',
  ]);
});
