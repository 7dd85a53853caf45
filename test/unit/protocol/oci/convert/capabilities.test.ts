import assert from 'node:assert/strict';
import { test } from 'node:test';
import { capabilityNames } from '../../../../../protocol/oci/capability-names.ts';
import {
  boundingCapabilities,
  capabilitySetsOf,
  defaultCapabilities,
} from '../../../../../protocol/oci/convert/capabilities.ts';
import { launchWith } from './conversion-input.ts';

const without = (names: readonly string[], ...dropped: string[]): string[] =>
  names.filter((name) => !dropped.includes(name));

const tweaks: [container: object | undefined, expected: readonly string[]][] = [
  [undefined, defaultCapabilities],
  [{}, defaultCapabilities],
  [{ capAdd: ['CAP_NET_ADMIN'] }, [...defaultCapabilities, 'CAP_NET_ADMIN']],
  [{ capAdd: ['CAP_CHOWN'] }, defaultCapabilities],
  [{ capDrop: ['CAP_CHOWN'] }, without(defaultCapabilities, 'CAP_CHOWN')],
  [{ capDrop: ['CAP_SYS_ADMIN'] }, defaultCapabilities],
  [{ capDrop: ['ALL'] }, []],
  [{ capDrop: ['ALL'], capAdd: ['CAP_CHOWN'] }, ['CAP_CHOWN']],
  [{ capDrop: ['ALL'], capAdd: ['ALL', 'CAP_KILL'] }, ['CAP_KILL']],
  [{ capAdd: ['ALL'] }, capabilityNames],
  [{ capAdd: ['ALL'], capDrop: ['CAP_SYS_ADMIN'] }, without(capabilityNames, 'CAP_SYS_ADMIN')],
  [{ privileged: true }, capabilityNames],
  [{ privileged: true, capDrop: ['CAP_SYS_MODULE'] }, without(capabilityNames, 'CAP_SYS_MODULE')],
];
for (const [container, expected] of tweaks) {
  test(`boundingCapabilities() of ${JSON.stringify(container)} has ${expected.length}`, () => {
    const parsed = container && launchWith({ container }).container;
    assert.deepEqual(boundingCapabilities(parsed), expected);
  });
}

test('boundingCapabilities() withholds by default what would reach the machine', () => {
  assert.equal(defaultCapabilities.length, 14);
  for (const name of ['SYS_ADMIN', 'SYS_MODULE', 'SYS_BOOT', 'NET_ADMIN', 'BPF', 'SYS_PTRACE', 'SYS_RAWIO']) {
    assert.equal(defaultCapabilities.includes(`CAP_${name}` as 'CAP_BPF'), false, name);
  }
});

test('capabilitySetsOf() gives root all of them and nobody anything to inherit', () => {
  assert.deepEqual(capabilitySetsOf(0, ['CAP_KILL']), {
    bounding: ['CAP_KILL'],
    effective: ['CAP_KILL'],
    permitted: ['CAP_KILL'],
    inheritable: [],
    ambient: [],
  });
  assert.deepEqual(capabilitySetsOf(7, ['CAP_KILL']).effective, []);
});
