import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseNetDev } from '../../../../init/metrics/interfaces.ts';

const header = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
`;

test('parseNetDev() reads every interface', () => {
  const text = `${header}    lo:    6386      58    0    0    0     0          0         0     6386      58    0    0    0     0       0          0
  eth0: 2643678195   64978    1    2    0     0          0         0  3504523   38738    3    4    0     0       0          0
`;
  const [lo, eth0, ...others] = parseNetDev(text);
  assert.equal(lo?.name, 'lo');
  assert.deepEqual(eth0, {
    name: 'eth0',
    receivedBytes: 2_643_678_195,
    receivedPackets: 64_978,
    receiveErrors: 1,
    receiveDrops: 2,
    sentBytes: 3_504_523,
    sentPackets: 38_738,
    sendErrors: 3,
    sendDrops: 4,
  });
  assert.deepEqual(others, []);
});

test('parseNetDev() reads a counter that fills its column up to the name', () => {
  assert.equal(
    parseNetDev('veth1:1234567890 1 0 0 0 0 0 0 5 1 0 0 0 0 0 0\n')[0]?.receivedBytes,
    1_234_567_890,
  );
});

test('parseNetDev() stops at 32 interfaces', () => {
  const lines = Array.from({ length: 100 }, (_, index) => `v${index}: 1 1 0 0 0 0 0 0 5 1 0 0 0 0 0 0`);
  assert.equal(parseNetDev(header + lines.join('\n')).length, 32);
});
