import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { portsText, statusText } from '../../../../host/cli/machine-status.ts';
import { machineInfo } from './support/machine-infos.ts';

const nowMs = 10_000_000;
const exit = { code: 137, signal: 9, reason: 'signaled' } as const;

describe('statusText()', () => {
  for (const [changes, text] of [
    [{ state: 'created' }, 'Created'],
    [{ state: 'starting' }, 'Starting'],
    [{ state: 'running', status: { startedMs: nowMs - 180_000 } }, 'Up 3 minutes'],
    [{ state: 'stopping', status: { startedMs: nowMs - 5000 } }, 'Up 5 seconds (stopping)'],
    [
      { state: 'restarting', status: { exit: { code: 1, reason: 'exited' }, finishedMs: nowMs - 3000 } },
      'Restarting (1) 3 seconds ago',
    ],
    [{ state: 'exited', status: { exit, finishedMs: nowMs - 7_200_000 } }, 'Exited (137) 2 hours ago'],
    [{ state: 'exited' }, 'Exited (?)'],
    [{ state: 'lost' }, 'Lost (the monitor is dead, the machine runs: start or rm -f)'],
    [{ state: 'dead' }, 'Dead'],
  ] as const) {
    it(`says "${text}"`, () => assert.equal(statusText(machineInfo(changes), nowMs), text));
  }
});

describe('portsText()', () => {
  it('writes ports as docker-ps(1) does', () => {
    const ports = [
      { protocol: 'tcp', hostAddress: '', hostPort: 8080, guestPort: 80 },
      { protocol: 'udp', hostAddress: '127.0.0.1', hostPort: 53, guestPort: 53 },
      { protocol: 'tcp', hostAddress: '::1', hostPort: 1, guestPort: 2 },
    ] as const;
    assert.equal(
      portsText(machineInfo({ ports: [...ports] })),
      '0.0.0.0:8080->80/tcp, 127.0.0.1:53->53/udp, [::1]:1->2/tcp',
    );
    assert.equal(portsText(machineInfo()), '');
  });
});
