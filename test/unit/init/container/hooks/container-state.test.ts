import assert from 'node:assert/strict';
import { test } from 'node:test';
import { containerState } from '../../../../../init/container/hooks/container-state.ts';
import { bareSpec } from '../../../../support/runnable-spec.ts';

test('containerState() says what a hook may know of its container', () => {
  const annotations = { 'org.example.key': 'value' };
  assert.deepEqual(containerState('main', bareSpec({ annotations }), 'creating', 101), {
    ociVersion: '1.2.0',
    id: 'main',
    status: 'creating',
    pid: 101,
    bundle: '/run/firstborn/bundle',
    annotations,
  });
});

test('containerState() has no pid without a process and no annotations where there are none', () => {
  assert.deepEqual(containerState('side-1', bareSpec(), 'stopped'), {
    ociVersion: '1.2.0',
    id: 'side-1',
    status: 'stopped',
    bundle: '/run/firstborn/bundle',
  });
});
