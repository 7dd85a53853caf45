import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { psObject, psRow } from '../../../../host/cli/ps-rows.ts';
import { machineInfo } from './support/machine-infos.ts';

const nowMs = 60_000;

describe('psRow()', () => {
  const info = machineInfo({
    image: `/srv/images/${'x'.repeat(40)}/layout:web`,
    command: ['/bin/sh', '-c', 'while :; do sleep 1; done'],
    status: { startedMs: 0 },
  });
  it('shortens what is long', () => {
    assert.deepEqual(psRow(info, { nowMs, noTrunc: false }), [
      '0123456789ab',
      `…${'x'.repeat(28)}/layout:web`,
      '"/bin/sh -c while :;…"',
      'About a minute ago',
      'Up About a minute',
      '',
      'web',
    ]);
  });
  it('shortens nothing when asked', () => {
    const row = psRow(info, { nowMs, noTrunc: true });
    assert.deepEqual(row.slice(0, 3), [
      '0123456789abcdef',
      info.record.image,
      '"/bin/sh -c while :; do sleep 1; done"',
    ]);
  });
});

describe('psObject()', () => {
  it('has the documented keys', () => {
    assert.deepEqual(psObject(machineInfo({ status: { startedMs: 0, restarts: 2 } }), nowMs), {
      id: '0123456789abcdef',
      name: 'web',
      image: 'layout:web',
      command: ['sleep', '1000'],
      state: 'running',
      status: 'Up About a minute',
      health: 'none',
      createdMs: 0,
      startedMs: 0,
      finishedMs: null,
      exitCode: null,
      restarts: 2,
      ports: [],
      volumes: [],
      labels: {},
      directory: '/state/machines/0123456789abcdef',
    });
  });
});
