import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { topRows } from '../../../../host/cli/top-rows.ts';
import type { ProcessMetrics } from '../../../../host/client/index.ts';

function processOf(changes: Partial<ProcessMetrics>): ProcessMetrics {
  return {
    pid: 100,
    containerPid: 1,
    parentPid: 1,
    state: 'S',
    name: 'sh',
    command: ['/bin/sh', '-c', 'sleep 9'],
    residentBytes: 1024 * 1024,
    virtualBytes: 4 * 1024 * 1024,
    threads: 1,
    cpuMs: 65_000,
    lifetimeMs: 100_000,
    uid: 0,
    effectiveUid: 33,
    gid: 0,
    effectiveGid: 0,
    ...changes,
  };
}

describe('topRows()', () => {
  it('shows pids as the container sees them', () => {
    const rows = topRows([
      processOf({}),
      processOf({ pid: 107, containerPid: 8, parentPid: 100, command: ['sleep', '9'] }),
      processOf({ pid: 120, containerPid: 15, parentPid: 99, command: [], name: 'defunct', state: 'Z' }),
    ]);
    assert.deepEqual(rows, [
      ['1', '0', '33', 'S', '00:01:05', '1MiB', '4MiB', '/bin/sh -c sleep 9'],
      ['8', '1', '33', 'S', '00:01:05', '1MiB', '4MiB', 'sleep 9'],
      ['15', '0', '33', 'Z', '00:01:05', '1MiB', '4MiB', '[defunct]'],
    ]);
  });
});
