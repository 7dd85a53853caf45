import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { ModuleLoader } from '../../../../init/phases/modules.ts';
import {
  controlNodePlan,
  explainDamage,
  openVerifiedDisk,
  verityTable,
} from '../../../../init/phases/verity.ts';
import type { VerityConfig } from '../../../../protocol/verity.ts';
import { FakeNative } from '../../../support/fake-native.ts';
import { systemError } from '../../../support/kernel-pipes.ts';
import { planLines } from '../../../support/plan-text.ts';
import { makeRecordingLog } from '../../../support/recording-log.ts';

const verity: VerityConfig = {
  rootHash: '0123456789abcdef'.repeat(4),
  salt: 'a1b2',
  algorithm: 'sha256',
  dataBlocks: 100,
  hashOffsetBytes: 110 * 4096,
  blockSizeBytes: 4096,
};
/** Something that is there. */
const controlPath = '/dev/null';
const disk = { device: '/dev/vda', deviceName: 'firstborn-root', verity };

function openGuest(context: TestContext) {
  const native = new FakeNative();
  context.after(() => native.dispose());
  const { log } = makeRecordingLog();
  return { native, log, modules: new ModuleLoader(native, log, []) };
}

describe('verityTable()', () => {
  it('has the kernel look for the tree in the block behind the superblock', () => {
    assert.equal(
      verityTable('/dev/vda', verity),
      `1 /dev/vda /dev/vda 4096 4096 100 111 sha256 ${verity.rootHash} a1b2`,
    );
  });

  it('writes a dash for an empty salt', () => {
    assert.match(verityTable('/dev/vda', { ...verity, salt: '' }), / -$/);
  });
});

describe('controlNodePlan()', () => {
  it('takes the number that the device mapper has among the others', () => {
    assert.deepEqual(planLines(controlNodePlan(' 60 vga_arbiter\n236 device-mapper\n  1 psaux\n')), [
      'makeDirectories /dev/mapper 0755',
      'makeNode /dev/mapper/control 020600 10 236',
    ]);
  });

  it('says so when there is no device mapper', () => {
    assert.throws(() => controlNodePlan(' 60 vga_arbiter\n'), {
      code: 'guest',
      message: 'Cannot verify disks: the kernel has no device mapper',
    });
  });
});

describe('openVerifiedDisk()', () => {
  it('makes a read-only device of the data alone', (context) => {
    const { native, log, modules } = openGuest(context);
    assert.equal(openVerifiedDisk(native, log, modules, disk, controlPath), '/dev/dm-0');
    assert.deepEqual(native.mappedDevices.get('firstborn-root')?.request, {
      controlPath,
      name: 'firstborn-root',
      uuid: 'CRYPT-VERITY-0123456789abcdef0123456789abcdef-firstborn-root',
      readonly: true,
      target: { type: 'verity', lengthSectors: 800, params: verityTable('/dev/vda', verity) },
    });
  });

  it('names disk and root hash when the kernel refuses the table', (context) => {
    const { native, log, modules } = openGuest(context);
    const cause = systemError('EINVAL', 22, 'DM_TABLE_LOAD');
    context.mock.method(native, 'createMappedDevice', () => {
      throw cause;
    });
    assert.throws(() => openVerifiedDisk(native, log, modules, disk, controlPath), {
      code: 'guest',
      message: `Cannot verify the disk "/dev/vda" with the root hash "${verity.rootHash}"`,
      cause,
    });
  });
});

describe('explainDamage()', () => {
  it('says what is behind an error, and leaves others as they are', (context) => {
    const { native, log, modules } = openGuest(context);
    const error = new Error('Cannot mount');
    assert.equal(explainDamage(native, disk, error), error);
    openVerifiedDisk(native, log, modules, disk, controlPath);
    assert.equal(explainDamage(native, disk, error), error);
    const device = native.mappedDevices.get('firstborn-root');
    assert.ok(device !== undefined);
    device.status = 'C';
    const explained = explainDamage(native, disk, error) as Error;
    assert.equal(
      explained.message,
      `Cannot trust the disk "/dev/vda": it does not match the root hash "${verity.rootHash}"`,
    );
    assert.equal(explained.cause, error);
  });
});
