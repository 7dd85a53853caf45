import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  parseMountOption,
  parseTmpfsOption,
  parseVolumeOption,
} from '../../../../host/launch/mount-option.ts';

const bind = (source: string, destination: string, readonly = false): object => ({
  type: 'bind',
  source,
  destination,
  readonly,
});

describe('parseVolumeOption()', () => {
  for (const [text, expected] of [
    ['/data:/srv', bind('/data', '/srv')],
    ['/data:/srv:ro', bind('/data', '/srv', true)],
    ['/data:/srv:rw', bind('/data', '/srv')],
    ['./data:/srv', bind('/home/me/data', '/srv')],
    ['..:/srv', bind('/home', '/srv')],
    ['.:/srv', bind('/home/me', '/srv')],
  ] as const) {
    it(`reads "${text}"`, () => assert.deepEqual(parseVolumeOption(text, '/home/me'), expected));
  }

  for (const [text, expected] of [
    ['/srv', 'SOURCE:DESTINATION[:ro|rw]'],
    [':/srv', 'SOURCE:DESTINATION[:ro|rw]'],
    ['/data:', 'SOURCE:DESTINATION[:ro|rw]'],
    ['/data:/srv:z', 'SOURCE:DESTINATION[:ro|rw]'],
    ['/data:/srv:ro:x', 'SOURCE:DESTINATION[:ro|rw]'],
    ['/data:srv', 'an absolute path in place of "srv"'],
    ['cache:/srv', 'a path such as "/cache" or "./cache" for the source, named volumes are not supported'],
  ] as const) {
    it(`refuses "${text}"`, () => {
      assert.throws(() => parseVolumeOption(text, '/'), {
        code: 'usage',
        message: `Cannot take "${text}" for --volume: expected ${expected}`,
      });
    });
  }
});

describe('parseMountOption()', () => {
  const rootHash = 'ab'.repeat(32);
  const tmpfs = { type: 'tmpfs', destination: '/c', readonly: false, options: ['noexec'] };
  for (const [text, expected] of [
    ['type=bind,src=/data,dst=/srv', bind('/data', '/srv')],
    ['type=bind,source=./data,target=/srv,readonly', bind('/home/me/data', '/srv', true)],
    ['type=volume,src=/disk.ext4,destination=/srv,ro=true', bind('/disk.ext4', '/srv', true)],
    ['src=/data,dst=/srv,ro=0', bind('/data', '/srv')],
    ['src=/a:b=c,dst=/srv', bind('/a:b=c', '/srv')],
    [
      `type=bind,src=/d.img,dst=/d,verity-root-hash=${rootHash.toUpperCase()}`,
      { ...bind('/d.img', '/d'), verity: { rootHash } },
    ],
    [
      `src=/d.img,dst=/d,ro,verity-hash-offset=8192,verity-root-hash=${rootHash}`,
      { ...bind('/d.img', '/d', true), verity: { rootHash, hashOffsetBytes: 8192 } },
    ],
    ['type=tmpfs,dst=/c', tmpfs],
    ['type=tmpfs,dst=/c,tmpfs-size=1m,tmpfs-mode=0700', { ...tmpfs, sizeBytes: 1 << 20, mode: 0o700 }],
  ] as const) {
    it(`reads "${text}"`, () => assert.deepEqual(parseMountOption(text, '/home/me'), expected));
  }

  for (const [text, expected] of [
    ['type=bind,src=/data', /a destination, dst=PATH$/],
    ['type=bind,dst=/srv', /a source, src=PATH$/],
    ['type=bind,src=data,dst=/srv', /named volumes are not supported$/],
    ['type=nfs,src=/data,dst=/srv', /type bind, volume or tmpfs$/],
    ['type=bind,src=/data,dst=/srv,frob=1', /in place of "frob"$/],
    ['type=bind,src=/data,dst=/srv,ro=maybe', /"true" or "false" for "readonly"$/],
    ['type=bind,src=/data,dst=/srv,dst=/two', /"destination" once$/],
    ['type=bind,src,dst=/srv', /a value, src=…$/],
    ['type=bind,src=/data,dst=/srv,tmpfs-size=1m', /with type=tmpfs$/],
    ['src=/d,dst=/d,verity-root-hash=abc', /64 hexadecimal digits in place of "abc"$/],
    ['src=/d,dst=/d,verity-hash-offset=4096', /verity-root-hash with verity-hash-offset$/],
    [
      `src=/d,dst=/d,verity-root-hash=${rootHash},verity-hash-offset=0`,
      /a multiple of 4096 in place of "0"$/,
    ],
    [
      `src=/d,dst=/d,verity-root-hash=${rootHash},verity-hash-offset=5000`,
      /a multiple of 4096 in place of "5000"$/,
    ],
    [`type=tmpfs,dst=/c,verity-root-hash=${rootHash}`, /verity-… with type=bind$/],
    ['type=tmpfs,src=/data,dst=/c', /no source for a tmpfs$/],
    ['type=tmpfs,dst=/c,tmpfs-size=none', /a size such as 64m in place of "none"$/],
    ['type=tmpfs,dst=/c,tmpfs-mode=888', /permission bits such as 1777 in place of "888"$/],
    ['type=tmpfs,dst=c', /an absolute path in place of "c"$/],
  ] as const) {
    it(`refuses "${text}"`, () => {
      assert.throws(() => parseMountOption(text, '/'), { code: 'usage', message: expected });
    });
  }
});

describe('parseTmpfsOption()', () => {
  const tmpfs = { type: 'tmpfs', destination: '/run', readonly: false };
  for (const [text, expected] of [
    ['/run', { ...tmpfs, options: ['noexec'] }],
    ['/run:size=64m,mode=1777', { ...tmpfs, sizeBytes: 64 << 20, mode: 0o1777, options: ['noexec'] }],
    ['/run:ro,exec', { ...tmpfs, readonly: true, options: ['noexec', 'exec'] }],
    ['/run:uid=1000,gid=5,rw', { ...tmpfs, options: ['noexec', 'uid=1000', 'gid=5'] }],
  ] as const) {
    it(`reads "${text}"`, () => assert.deepEqual(parseTmpfsOption(text), expected));
  }

  for (const text of ['run', '/run:', '/run:size=0', '/run:mode=17777', '/run:dev', '/run:huge=always']) {
    it(`refuses "${text}"`, () => {
      assert.throws(() => parseTmpfsOption(text), {
        code: 'usage',
        message: /^Cannot take ".*" for --tmpfs: /,
      });
    });
  }
});
