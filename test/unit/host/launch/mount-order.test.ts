import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { maxVolumes, orderMounts } from '../../../../host/launch/mount-order.ts';
import type { BindRequest, MountRequest } from '../../../../host/launch/mounts.ts';

const at = (destination: string): BindRequest => ({
  type: 'bind',
  source: '/x',
  destination,
  readonly: false,
});
const tmpfs = (destination: string): MountRequest => ({ type: 'tmpfs', destination });
const order = (...destinations: string[]): string[] =>
  orderMounts(destinations.map(at)).map((mount) => mount.destination);

const many = (count: number, make: (path: string) => MountRequest): MountRequest[] =>
  Array.from({ length: count }, (_, index) => make(`/m${index}`));

describe('orderMounts()', () => {
  it('mounts what lies in something else after it, and keeps the order otherwise', () => {
    assert.deepEqual(order('/b/c/d', '/b', '/z', '/b/c', '/a'), ['/b', '/z', '/a', '/b/c', '/b/c/d']);
  });

  it('writes destinations plainly', () => {
    assert.deepEqual(order('/srv//data/', '/a/./b/../c'), ['/srv/data', '/a/c']);
  });

  it('refuses two mounts at one place, however it is written', () => {
    assert.throws(() => order('/srv', '/data/../srv/'), {
      code: 'usage',
      message: 'Cannot mount two things at "/srv"',
    });
  });

  for (const path of ['/', '/..', '/proc', '/proc/sys', '/sys/fs', '/dev', '/dev/pts/', 'srv']) {
    it(`refuses to mount anything at "${path}"`, () => assert.throws(() => order(path), { code: 'usage' }));
  }

  it('allows places beside the mounts of the container', () => {
    assert.deepEqual(order('/processes', '/dev/shm', '/system'), ['/processes', '/system', '/dev/shm']);
  });

  it('has a limit for what comes from the host, and one for all', () => {
    assert.equal(orderMounts(many(maxVolumes, at)).length, maxVolumes);
    assert.throws(() => orderMounts(many(maxVolumes + 1, at)), {
      code: 'usage',
      message: /at most 64 and 16$/,
    });
    assert.equal(orderMounts(many(64, tmpfs)).length, 64);
    assert.throws(() => orderMounts(many(65, tmpfs)), { code: 'usage' });
  });
});
