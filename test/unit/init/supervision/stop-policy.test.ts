import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stopPolicy } from '../../../../init/supervision/stop-policy.ts';
import { parseLaunchConfig } from '../../../../protocol/launch-config.ts';

const policies: [what: string, launch: object, imageSignal: string | null | undefined, policy: object][] = [
  ['nobody', {}, undefined, { signal: 15, graceMs: 10_000 }],
  ['the image', {}, 'SIGQUIT', { signal: 3, graceMs: 10_000 }],
  ['an image with a number', {}, '37', { signal: 37, graceMs: 10_000 }],
  ['an image with a real-time signal', {}, 'SIGRTMIN+3', { signal: 37, graceMs: 10_000 }],
  ['an image that makes no sense', {}, 'SIGNOPE', { signal: 15, graceMs: 10_000 }],
  ['an image with null', {}, null, { signal: 15, graceMs: 10_000 }],
  ['launch config over image', { process: { stopSignal: 'INT' } }, 'SIGQUIT', { signal: 2, graceMs: 10_000 }],
  ['a grace', { stopGraceMs: 1 }, undefined, { signal: 15, graceMs: 1 }],
  ['a grace of nothing', { stopGraceMs: 0 }, 'SIGQUIT', { signal: 3, graceMs: 0 }],
];
for (const [who, launch, StopSignal, policy] of policies) {
  test(`stopPolicy() goes by ${who}`, () => {
    const launchConfig = parseLaunchConfig({ version: 1, root: { format: 'erofs' }, ...launch });
    const config = { launch: launchConfig, image: { config: { StopSignal } }, runtime: undefined };
    assert.deepEqual(stopPolicy(config), policy);
  });
}
