import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Plan } from '../../../../addon/plan.ts';
import {
  aliasPattern,
  ModuleLoader,
  modulesToLoad,
  parseLoadedModules,
} from '../../../../init/phases/modules.ts';
import type { KernelModule } from '../../../../protocol/kernel-modules.ts';
import { FakeNative } from '../../../support/fake-native.ts';
import { makeRecordingLog } from '../../../support/recording-log.ts';

const module = (name: string, dependencies: string[] = [], aliases: string[] = []): KernelModule => ({
  name,
  path: `/lib/modules/6.1.0/${name}.ko`,
  dependencies,
  aliases,
});

const modules = [
  module('virtio_ring', ['virtio']),
  module('virtio'),
  module('virtio_pci', ['virtio', 'virtio_ring'], ['pci:v00001AF4d*sv*sd*bc*sc*i*']),
  module('virtio_blk', ['virtio', 'virtio_ring'], ['virtio:d00000002v*']),
  module('virtio_net', ['virtio', 'virtio_ring', 'net_failover'], ['virtio:d00000001v*']),
  module('squashfs'),
];

const nothing = new Set<string>();
const names = (list: KernelModule[]): string[] => list.map((one) => one.name);
const wantNames = (...wanted: string[]) => ({ modaliases: [], names: wanted });
const wantDevices = (...modaliases: string[]) => ({ modaliases, names: [] });

const aliases: [alias: string, modalias: string, matches: boolean][] = [
  ['virtio:d00000002v*', 'virtio:d00000002v00001AF4', true],
  ['virtio:d00000002v*', 'virtio:d00000003v00001AF4', false],
  ['virtio:d00000002v*', 'xvirtio:d00000002v1', false],
  ['virtio:d0000000?v', 'virtio:d00000002v', true],
  ['virtio:d0000000?v', 'virtio:d00000002v1', false],
  ['xen:vbd', 'xen:vbd', true],
  ['xen:vbd', 'xen:vbdX', false],
  ['of:N*T*Cvirtio,mmio', 'of:NvirtioTblockCvirtio,mmio', true],
  ['pci:v*d*bc0[1-3]sc*', 'pci:v1d2bc02sc0', true],
  ['pci:v*d*bc0[1-3]sc*', 'pci:v1d2bc04sc0', false],
  ['dmi*:pn(x)+.$|^{2}\\:', 'dmi:pn(x)+.$|^{2}\\:', true],
  ['a.b', 'axb', false],
];
for (const [alias, modalias, matches] of aliases) {
  test(`aliasPattern() of "${alias}" ${matches ? 'matches' : 'does not match'} "${modalias}"`, () => {
    assert.equal(aliasPattern(alias).test(modalias), matches);
  });
}

test('modulesToLoad() puts what a module needs before it, each once', () => {
  const found = modulesToLoad(modules, wantNames('virtio_blk', 'virtio_pci'), nothing);
  assert.deepEqual(names(found), ['virtio', 'virtio_ring', 'virtio_pci', 'virtio_blk']);
});

test('modulesToLoad() finds the drivers of devices', () => {
  const found = modulesToLoad(modules, wantDevices('virtio:d00000001v00001AF4', 'usb:v1'), nothing);
  assert.deepEqual(names(found), ['virtio', 'virtio_ring', 'virtio_net']);
});

test('modulesToLoad() leaves out what is loaded', () => {
  const found = modulesToLoad(modules, wantNames('virtio_blk'), new Set(['virtio', 'virtio_ring']));
  assert.deepEqual(names(found), ['virtio_blk']);
  assert.deepEqual(modulesToLoad(modules, wantNames('virtio_blk'), new Set(['virtio_blk'])), []);
});

test('modulesToLoad() takes what is not packed for built in', () => {
  assert.deepEqual(modulesToLoad(modules, wantNames('overlay'), nothing), []);
  assert.deepEqual(names(modulesToLoad(modules, wantNames('virtio_net'), nothing)).at(-1), 'virtio_net');
});

test('modulesToLoad() wants nothing for no devices and no names', () => {
  assert.deepEqual(modulesToLoad(modules, wantNames(), nothing), []);
});

test('loadByName() loads each module once, in order, and remembers it', () => {
  const native = new FakeNative();
  const loader = new ModuleLoader(native, makeRecordingLog().log, modules);
  loader.loadByName('virtio_blk', 'overlay');
  loader.loadByName('virtio_blk');
  const expected = new Plan();
  for (const name of ['virtio', 'virtio_ring', 'virtio_blk']) {
    expected.loadModule(`/lib/modules/6.1.0/${name}.ko`, '', { accept: ['EEXIST'], orWarn: true });
  }
  assert.deepEqual(native.plans, [expected.bytes()]);
  assert.deepEqual([...loader.loaded], ['virtio', 'virtio_ring', 'virtio_blk']);
});

test('loadByName() keeps the time of each module, one behind the other', () => {
  const loader = new ModuleLoader(new FakeNative(), makeRecordingLog().log, modules);
  loader.loadByName('virtio_blk');
  loader.loadByName('squashfs');
  assert.deepEqual(
    loader.timeline.map(({ name }) => name),
    ['virtio', 'virtio_ring', 'virtio_blk', 'squashfs'],
  );
  const [first, second] = loader.timeline;
  assert.equal(second?.startMs, first?.endMs);
});

test('loadByName() remembers nothing of a load that failed', () => {
  const native = new FakeNative();
  native.planResult = { state: 'failed', failure: { operation: 0, errno: 8 }, warnings: [] };
  const loader = new ModuleLoader(native, makeRecordingLog().log, modules);
  assert.throws(() => loader.loadByName('squashfs'), { code: 'guest' });
  assert.deepEqual([...loader.loaded], []);
});

test('parseLoadedModules() gives the names in /proc/modules', () => {
  const text = 'erofs 98304 1 - Live 0xffffffffc0300000\nvirtio_blk 28672 3 - Live 0xffffffffc02f0000\n';
  assert.deepEqual(parseLoadedModules(text), ['erofs', 'virtio_blk']);
  assert.deepEqual(parseLoadedModules(''), []);
});

test('ModuleLoader loads nothing that the kernel has already', () => {
  const native = new FakeNative();
  const loader = new ModuleLoader(native, makeRecordingLog().log, modules, ['virtio', 'virtio_ring']);
  loader.loadByName('virtio_ring', 'virtio');
  assert.deepEqual(native.plans, []);
  assert.deepEqual([...loader.loaded], ['virtio', 'virtio_ring']);
});
