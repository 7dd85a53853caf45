import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { describe, it } from 'node:test';
import {
  type CreateRequest,
  imageOf,
  machineRequest,
  recordedWishes,
} from '../../../../host/client/create-request.ts';

describe('machineRequest()', () => {
  it('needs an image and nothing else', () => {
    const request = machineRequest({ image: 'layout' }, 'x86_64');
    const { workload, ...machine } = request;
    assert.deepEqual(machine, {
      image: 'layout',
      architecture: 'x86_64',
      accelerator: 'auto',
      machine: 'q35',
      cpus: 1,
      memoryMiB: 512,
      kernelPath: undefined,
      modulesDir: undefined,
      runtimePlace: 'initramfs',
      format: 'squashfs',
      verity: false,
      network: { mode: 'user', addresses: [], dns: [] },
      xen: undefined,
      mounts: [],
      ports: [],
      runtime: undefined,
    });
    assert.deepEqual([workload.command, [...workload.env], workload.stdin], [[], [], false]);
  });

  it('gives a guest of Xen no network that is part of QEMU', () => {
    const request = machineRequest({ image: 'layout', xen: { type: 'pv' } }, 'x86_64');
    assert.deepEqual([request.xen, request.network.mode], [{ type: 'pv' }, 'none']);
    const bridge = { mode: 'bridge', bridge: 'b', addresses: [], gateways: [], dns: [] } as const;
    const bridged = machineRequest({ image: 'i', xen: { type: 'pvh' }, network: bridge }, 'x86_64');
    assert.deepEqual(bridged.network, bridge);
    for (const xen of [{ type: 'hvm' as 'pv' }, { type: 'pv', maxCpus: 0 } as const]) {
      assert.throws(() => machineRequest({ image: 'i', xen }, 'x86_64'), { code: 'usage' });
    }
  });

  it('takes what is given over what is usual', () => {
    const request = machineRequest(
      {
        image: 'layout',
        machine: 'microvm',
        memoryMiB: 1024,
        workload: { command: ['ls'], env: { A: 'b' }, terminal: { rows: 2, columns: 3 } },
      },
      'x86_64',
    );
    assert.deepEqual([request.machine, request.memoryMiB], ['microvm', 1024]);
    const { command, env, terminal } = request.workload;
    assert.deepEqual([command, [...env], terminal], [['ls'], [['A', 'b']], { rows: 2, columns: 3 }]);
  });

  it('takes a map for the environment too, whatever its names are', () => {
    const { env } = machineRequest(
      { image: 'x', workload: { env: new Map([['__proto__', 'y']]) } },
      'x86_64',
    ).workload;
    assert.deepEqual([...env], [['__proto__', 'y']]);
  });

  const refused: [Partial<CreateRequest>, string][] = [
    [{ cpus: 0 }, 'Cannot create a machine with cpus "0": expected 1 to 255'],
    [{ cpus: 1.5 }, 'Cannot create a machine with cpus "1.5": expected 1 to 255'],
    [
      { runtimePlace: 'floppy' as 'disk' },
      'Cannot create a machine with runtimePlace "floppy": expected initramfs or disk',
    ],
    [{ memoryMiB: 64 }, 'Cannot create a machine with memoryMiB "64": expected 320 to 16777216'],
    [{ bundle: 'b' }, 'Cannot create a machine of a bundle with an image or a configuration beside it'],
    [{ image: '' }, 'Cannot create a machine without an image or a bundle'],
    [{ autoRemove: true, restart: { policy: 'always' } }, 'Cannot restart a machine that removes itself'],
  ];
  for (const [changes, message] of refused) {
    it(`refuses ${JSON.stringify(changes)}`, () => {
      assert.throws(() => machineRequest({ image: 'x', ...changes }, 'x86_64'), { code: 'usage', message });
    });
  }
});

describe('imageOf()', () => {
  it('is the image, or the bundle wherever the caller stands', () => {
    assert.equal(imageOf({ image: 'layout:tag' }), 'layout:tag');
    assert.equal(imageOf({ bundle: 'b' }), resolve('b'));
  });

  it('takes a configuration with an image alone', () => {
    assert.equal(imageOf({ image: 'x', config: 'config.json' }), 'x');
    assert.throws(() => imageOf({ bundle: 'b', config: 'config.json' }), { code: 'usage' });
    assert.throws(() => imageOf({ config: 'config.json' }), { code: 'usage' });
  });
});

describe('recordedWishes()', () => {
  it('has a default for all of it', () => {
    assert.deepEqual(recordedWishes({ image: 'x' }), {
      image: 'x',
      restart: { policy: 'no' },
      autoRemove: false,
      terminal: false,
      stdin: false,
      stdinOnce: false,
      log: { maxBytes: 16 * 1024 * 1024, files: 4 },
      labels: {},
    });
  });
});
