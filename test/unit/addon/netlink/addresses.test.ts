import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { broadcastAddress, networkAddress } from '../../../../addon/netlink/addresses.ts';

const address = Uint8Array.of(192, 168, 77, 130);

describe('broadcastAddress()', () => {
  it('sets every host bit', () => {
    assert.deepEqual([...broadcastAddress(address, 0)], [255, 255, 255, 255]);
    assert.deepEqual([...broadcastAddress(address, 12)], [192, 175, 255, 255]);
    assert.deepEqual([...broadcastAddress(address, 24)], [192, 168, 77, 255]);
    assert.deepEqual([...broadcastAddress(address, 32)], [192, 168, 77, 130]);
  });
});

describe('networkAddress()', () => {
  it('clears every host bit', () => {
    assert.deepEqual([...networkAddress(address, 0)], [0, 0, 0, 0]);
    assert.deepEqual([...networkAddress(address, 12)], [192, 160, 0, 0]);
    assert.deepEqual([...networkAddress(address, 25)], [192, 168, 77, 128]);
    assert.deepEqual([...networkAddress(address, 32)], [192, 168, 77, 130]);
  });
});
