import assert from 'node:assert/strict';
import { test } from 'node:test';
import { capabilityNames } from '../../../../../protocol/oci/capability-names.ts';
import { defaultCapabilities } from '../../../../../protocol/oci/convert/capabilities.ts';
import { chooseSeccomp } from '../../../../../protocol/oci/convert/seccomp-choice.ts';
import { launchWith } from './conversion-input.ts';

const choices: [container: object | undefined, choice: object][] = [
  [undefined, { kind: 'default', capabilities: defaultCapabilities }],
  [{}, { kind: 'default', capabilities: defaultCapabilities }],
  [{ capAdd: ['ALL'] }, { kind: 'default', capabilities: capabilityNames }],
  [{ seccomp: 'unconfined' }, { kind: 'none' }],
  [{ privileged: true }, { kind: 'none' }],
  [
    { privileged: true, seccomp: 'default' },
    { kind: 'default', capabilities: capabilityNames },
  ],
  [{ seccomp: { file: 'seccomp.json' } }, { kind: 'file', path: 'seccomp.json' }],
  [
    { privileged: true, seccomp: { file: 'x' } },
    { kind: 'file', path: 'x' },
  ],
];
for (const [container, choice] of choices) {
  test(`chooseSeccomp() of ${JSON.stringify(container)} is ${(choice as { kind: string }).kind}`, () => {
    assert.deepEqual(chooseSeccomp(launchWith({ container }).container), choice);
  });
}
