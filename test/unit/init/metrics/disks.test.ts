import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDiskstats, parseIoStat } from '../../../../init/metrics/disks.ts';

const diskstats = `   7       0 loop0 106985 15 4951396 5938 270 100 640 52 0 5620 6030 0 0 0 0 180 38
   7       1 loop1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
 254       0 vda 12 3 30 4 4 1 8 2 0 12 6 0 0 0 0 0 0
 254      16 vdb 0 0 0 0 0 0 0 0 0 0 0
broken line
`;

test('parseDiskstats() counts bytes and leaves out devices that hold nothing', () => {
  const [loop, vda, vdb, ...others] = parseDiskstats(diskstats);
  assert.equal(loop?.name, 'loop0');
  assert.deepEqual(vda, {
    device: '254:0',
    name: 'vda',
    reads: 12,
    readBytes: 30 * 512,
    writes: 4,
    writtenBytes: 8 * 512,
    busyMs: 12,
  });
  assert.equal(vdb?.name, 'vdb');
  assert.deepEqual(others, []);
});

test('parseDiskstats() stops at 32 disks', () => {
  const lines = Array.from({ length: 100 }, (_, index) => ` 254 ${index} vd${index} 1 0 8 0 0 0 0 0 0 1 1`);
  assert.equal(parseDiskstats(lines.join('\n')).length, 32);
});

test('parseIoStat() names devices as the disks are named, else by number', () => {
  const text =
    '254:0 rbytes=4096 wbytes=10240 rios=4 wios=10 dbytes=0 dios=0\n8:16 rbytes=1 wbytes=2 rios=3 wios=4\n';
  assert.deepEqual(parseIoStat(text, parseDiskstats(diskstats)), [
    { device: 'vda', readBytes: 4096, writtenBytes: 10_240, reads: 4, writes: 10 },
    { device: '8:16', readBytes: 1, writtenBytes: 2, reads: 3, writes: 4 },
  ]);
});

test('parseIoStat() reads lines without figures, as idle devices have them, as zeros', () => {
  assert.deepEqual(parseIoStat('254:0 \n\n', []), [
    { device: '254:0', readBytes: 0, writtenBytes: 0, reads: 0, writes: 0 },
  ]);
});
