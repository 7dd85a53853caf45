import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import {
  machineId,
  machineTerminalGroup,
  machineUser,
  writeIdMaps,
} from '../../../../init/container/user-namespace.ts';
import { moveFiles } from '../../../support/moved-files.ts';
import { bareLinux, bareSpec } from '../../../support/runnable-spec.ts';
import { scratchDirectory } from '../../../support/scratch-directory.ts';

const uidMappings = [
  { containerID: 0, hostID: 100_000, size: 1000 },
  { containerID: 1000, hostID: 5000, size: 1 },
];
const gidMappings = [{ containerID: 0, hostID: 200_000, size: 10 }];
const mapped = bareLinux({ uidMappings, gidMappings });

describe('machineId()', () => {
  const ids: [id: number, machine: number][] = [
    [0, 100_000],
    [999, 100_999],
    [1000, 5000],
    [1001, 1001],
  ];
  for (const [id, machine] of ids) {
    it(`knows ${id} as ${machine}`, () => {
      assert.equal(machineId(id, uidMappings), machine);
    });
  }

  it('leaves ids alone where nothing is mapped', () => {
    assert.deepEqual([machineId(7, undefined), machineId(7, [])], [7, 7]);
  });
});

it('machineUser() and machineTerminalGroup() go by the mappings of users and of groups', () => {
  assert.deepEqual(machineUser(mapped, { uid: 1000, gid: 3, umask: 0o27 }), {
    uid: 5000,
    gid: 200_003,
    umask: 0o27,
  });
  assert.deepEqual([machineTerminalGroup(mapped), machineTerminalGroup(bareSpec())], [200_005, 5]);
});

describe('writeIdMaps()', () => {
  it("writes both maps of the process, init's ids on the right", (context) => {
    const root = scratchDirectory(context);
    mkdirSync(join(root, 'proc/77'), { recursive: true });
    moveFiles(context, root, ['/proc/77']);
    writeIdMaps(77, mapped);
    assert.equal(readFileSync('/proc/77/uid_map', 'utf8'), '0 100000 1000\n1000 5000 1\n');
    assert.equal(readFileSync('/proc/77/gid_map', 'utf8'), '0 200000 10\n');
  });

  it('names a mapping that makes no sense', () => {
    const twice = bareLinux({ uidMappings: [...uidMappings, { containerID: 5, hostID: 1, size: 1 }] });
    assert.throws(() => writeIdMaps(77, twice), {
      code: 'config',
      message: /linux\.uidMappings\[2\]\.containerID/,
    });
  });
});
