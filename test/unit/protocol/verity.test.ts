import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseLaunchConfig } from '../../../protocol/launch-config.ts';

const verity = {
  rootHash: 'ab'.repeat(32),
  salt: '0011',
  algorithm: 'sha256',
  dataBlocks: 10,
  hashOffsetBytes: 40_960,
  blockSizeBytes: 4096,
};
const withRoot = (root: object): object => ({ version: 1, root: { format: 'erofs', ...root } });

describe('VerityConfig', () => {
  it('stands at the root and at disks among the mounts', () => {
    const mount = { type: 'disk', destination: '/d', readonly: true, serial: 'd', format: 'ext4', verity };
    const launch = parseLaunchConfig({ ...withRoot({ verity }), mounts: [mount] });
    assert.deepEqual(launch.root.verity, verity);
    assert.deepEqual(launch.mounts, [mount]);
  });

  it('takes an empty salt and hashes that stand apart from the data', () => {
    const loose = { ...verity, salt: '', hashOffsetBytes: 81_920 };
    assert.deepEqual(parseLaunchConfig(withRoot({ verity: loose })).root.verity, loose);
  });

  for (const [change, message] of [
    [{ rootHash: 'AB'.repeat(32) }, 'rootHash: expected 64 hexadecimal digits'],
    [{ rootHash: 'ab'.repeat(31) }, 'rootHash: expected 64 hexadecimal digits'],
    [{ salt: '0' }, 'salt: expected at most 256 bytes in hexadecimal'],
    [{ salt: '00'.repeat(257) }, 'salt: expected at most 256 bytes in hexadecimal'],
    [{ salt: '00 1 panic_on_corruption' }, 'salt: expected at most 256 bytes in hexadecimal'],
    [{ algorithm: 'sha1' }, 'algorithm: Invalid input: expected "sha256"'],
    [{ dataBlocks: 0 }, 'dataBlocks: Too small: expected number to be >=1'],
    [{ dataBlocks: 11 }, 'hashOffsetBytes: expected an offset behind the data'],
    [{ hashOffsetBytes: 40_961 }, 'hashOffsetBytes: expected a multiple of 4096'],
    [{ blockSizeBytes: 1024 }, 'blockSizeBytes: Invalid input: expected 4096'],
    [{ dev: '/dev/vdc' }, 'dev: unknown key'],
  ] as const) {
    it(`refuses ${JSON.stringify(change).slice(0, 60)}`, () => {
      const launch = withRoot({ verity: { ...verity, ...change } });
      assert.throws(() => parseLaunchConfig(launch), {
        code: 'config',
        message: `Cannot accept launch.json: root.verity.${message}`,
      });
    });
  }
});
