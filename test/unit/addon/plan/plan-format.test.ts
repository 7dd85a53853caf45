import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { errnoName, errnoValues } from '../../../../addon/plan/errno-names.ts';
import * as limits from '../../../../addon/plan/limits.ts';
import { operations } from '../../../../addon/plan/operation-codes.ts';

const header = readFileSync(join(import.meta.dirname, '../../../../addon/plan_format.h'), 'utf8');

function constantInHeader(name: string): number {
  const text = new RegExp(`constexpr \\w+ ${name} = ([^;]+);`).exec(header)?.[1];
  assert.ok(text !== undefined, name);
  return text.split('*').reduce((product, factor) => product * Number(factor.replaceAll("'", '')), 1);
}

describe('plan_format.h', () => {
  it('holds the same operations as the encoder', () => {
    const inHeader = [...header.matchAll(/OPERATION\((\w+), (\d+), "(\w*)"\)/g)].map(
      ([, name = '', opcode, signature]) => [name, Number(opcode), signature],
    );
    const inEncoder = Object.entries(operations).map(([name, { opcode, signature }]) => [
      name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      opcode,
      signature,
    ]);
    assert.deepEqual(inHeader, inEncoder);
  });

  it('holds the same limits as the encoder', () => {
    assert.equal(constantInHeader('max_operations'), limits.maxOperations);
    assert.equal(constantInHeader('max_plan_bytes'), limits.maxPlanBytes);
    assert.equal(constantInHeader('max_list_entries'), limits.maxListEntries);
    assert.equal(constantInHeader('max_groups'), limits.maxGroups);
    assert.equal(constantInHeader('slot_count'), limits.slotCount);
    assert.equal(constantInHeader('max_seccomp_instructions'), limits.maxSeccompInstructions);
    assert.equal(constantInHeader('max_device_instructions'), limits.maxDeviceInstructions);
    assert.equal(constantInHeader('max_cpu_mask_bytes'), limits.maxCpuMaskBytes);
    assert.equal(constantInHeader('max_disk_wait_ms'), limits.maxDiskWaitMs);
    assert.equal(constantInHeader('max_accepted_errnos'), limits.maxAcceptedErrnos);
  });

  it('has room for the arguments of every signature', () => {
    const longest = Math.max(...Object.values(operations).map(({ signature }) => signature.length));
    assert.equal(constantInHeader('max_arguments'), longest);
  });
});

describe('errnoName()', () => {
  it('agrees with the operating system', () => {
    // EWOULDBLOCK is EAGAIN, EOPNOTSUPP is ENOTSUP: one number, two names.
    const aliases = new Set(['EWOULDBLOCK', 'ENOTSUP']);
    for (const [name, value] of Object.entries(constants.errno)) {
      if (!aliases.has(name)) assert.equal(errnoName(value), name);
    }
    assert.equal(errnoValues.EHWPOISON, 133);
  });

  it('keeps a number without a name', () => {
    assert.equal(errnoName(999), 'errno 999');
  });
});
