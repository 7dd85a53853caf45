import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  defaultHostname,
  defaultWorkload,
  launchConfig,
  type WorkloadOptions,
} from '../../../../host/launch/launch-config.ts';
import { parseLaunchConfig } from '../../../../protocol/launch-config.ts';

const bare = { format: 'squashfs', network: undefined, mounts: [] } as const;

const seccompOf = (container: WorkloadOptions['container']) =>
  launchConfig({ ...defaultWorkload(), container }, { ...bare, mounts: [] }).container?.seccomp;

describe('launchConfig()', () => {
  it('leaves everything to the image when nothing is asked for', () => {
    assert.deepEqual(launchConfig(defaultWorkload(), { ...bare, mounts: [] }), {
      version: 1,
      root: { format: 'squashfs' },
      process: { env: {}, stdin: false },
      logLevel: 'info',
    });
  });

  it('says all that was asked for in a form that the guest accepts', () => {
    const config = launchConfig(
      {
        entrypoint: '/bin/sh',
        command: ['-c', 'true'],
        env: new Map([['A', 'b']]),
        user: 'nobody:1',
        workingDir: '/srv',
        hostname: 'box',
        stopSignal: 'SIGINT',
        stopGraceMs: 1500,
        stdin: true,
        terminal: { rows: 24, columns: 80 },
        limits: { pids: 100 },
        container: { privileged: true, seccomp: { profilePath: '/etc/profile.json' } },
        health: { test: ['CMD-SHELL', 'true'], retries: 2 },
        logLevel: 'debug',
      },
      {
        format: 'erofs',
        network: { link: 'eth0', addresses: ['10.0.2.15/24'] },
        mounts: [{ type: 'tmpfs', destination: '/cache', readonly: false, options: [] }],
      },
    );
    const parsed = parseLaunchConfig(config);
    assert.deepEqual(parsed.process, {
      entrypoint: ['/bin/sh'],
      command: ['-c', 'true'],
      env: { A: 'b' },
      envDefaults: {},
      user: 'nobody:1',
      workingDir: '/srv',
      stopSignal: 'SIGINT',
      stdin: true,
      terminal: { rows: 24, columns: 80 },
    });
    assert.deepEqual([parsed.limits, parsed.mounts.length, parsed.network?.link], [{ pids: 100 }, 1, 'eth0']);
    assert.deepEqual(parsed.container, { privileged: true, seccomp: { file: 'seccomp.json' } });
    assert.deepEqual(parsed.health, { test: ['CMD-SHELL', 'true'], retries: 2 });
    assert.deepEqual([parsed.hostname, parsed.stopGraceMs, parsed.logLevel], ['box', 1500, 'debug']);
  });

  it('names a profile as the config disk has it, and other wishes as they are', () => {
    assert.deepEqual(seccompOf({ seccomp: { profilePath: 'x' } }), { file: 'seccomp.json' });
    assert.equal(seccompOf({ seccomp: 'unconfined' }), 'unconfined');
    assert.equal(seccompOf({ init: true }), undefined);
  });

  it('says that the container has a configuration of its own', () => {
    const config = launchConfig(defaultWorkload(), { ...bare, mounts: [], runtimeConfig: true });
    assert.equal(parseLaunchConfig(config).runtimeConfig, true);
  });

  it('takes an empty entrypoint as none at all', () => {
    const config = launchConfig({ ...defaultWorkload(), entrypoint: '' }, { ...bare, mounts: [] });
    assert.deepEqual(config.process?.entrypoint, []);
  });
});

it('defaultHostname() is the start of the machine id', () => {
  assert.equal(defaultHostname('c2ce1794af3f0011'), 'c2ce1794af3f');
});
