import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { healthWord, portsText, statusText } from '../../../../host/cli/machine-status.ts';
import type { MachineHealth } from '../../../../host/client/index.ts';
import type { HealthStatus } from '../../../../protocol/health.ts';
import { machineInfo } from './support/machine-infos.ts';

const nowMs = 10_000_000;
const exit = { code: 137, signal: 9, reason: 'signaled' } as const;
const health = (status: HealthStatus): MachineHealth => ({ status, failingStreak: 0, unixMs: 0 });

describe('statusText()', () => {
  for (const [changes, text] of [
    [{ state: 'created' }, 'Created'],
    [{ state: 'starting' }, 'Starting'],
    [{ state: 'running', status: { startedMs: nowMs - 180_000 } }, 'Up 3 minutes'],
    [
      { state: 'running', status: { startedMs: nowMs - 180_000, health: health('starting') } },
      'Up 3 minutes (health: starting)',
    ],
    [
      { state: 'running', status: { startedMs: nowMs - 180_000, health: health('healthy') } },
      'Up 3 minutes (healthy)',
    ],
    [
      { state: 'running', status: { startedMs: nowMs - 180_000, health: health('unhealthy') } },
      'Up 3 minutes (unhealthy)',
    ],
    [
      { state: 'exited', status: { exit, finishedMs: nowMs - 60_000, health: health('healthy') } },
      'Exited (137) About a minute ago',
    ],
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

describe('healthWord()', () => {
  for (const [changes, word] of [
    [{ state: 'running' }, 'none'],
    [{ state: 'running', status: { health: health('starting') } }, 'starting'],
    [{ state: 'stopping', status: { health: health('unhealthy') } }, 'unhealthy'],
    [{ state: 'exited', status: { health: health('healthy') } }, 'none'],
    [{ state: 'lost', status: { health: health('healthy') } }, 'none'],
  ] as const) {
    it(`says "${word}" of one that is ${changes.state}`, () =>
      assert.equal(healthWord(machineInfo(changes)), word));
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
