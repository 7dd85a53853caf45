import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  builtinModules,
  moduleName,
  packModules,
  parseModulesAlias,
  parseModulesDep,
  selectModules,
} from '../../../../image/kernel/modules.ts';
import { makeModulesDirectory, modulesAlias, modulesDep } from '../../../support/modules-directory.ts';
import { scratchDirectory } from '../../../support/scratch-directory.ts';

const names: [path: string, name: string][] = [
  ['kernel/drivers/block/virtio_blk.ko', 'virtio_blk'],
  ['kernel/drivers/block/xen-blkfront.ko', 'xen_blkfront'],
  ['kernel/fs/erofs/erofs.ko.xz', 'erofs'],
  ['kernel/fs/overlayfs/overlay.ko.zst', 'overlay'],
  ['virtio-rng.ko', 'virtio_rng'],
  ['already_a_name', 'already_a_name'],
];
for (const [path, name] of names) {
  test(`moduleName() of "${path}" is "${name}"`, () => assert.equal(moduleName(path), name));
}

test('parseModulesDep() reads paths and dependencies by the name of the module', () => {
  assert.deepEqual(parseModulesDep(modulesDep).get('virtio_blk'), {
    path: 'kernel/virtio-blk.ko',
    dependencyPaths: ['kernel/virtio_ring.ko', 'kernel/virtio.ko'],
  });
  assert.deepEqual(parseModulesDep(modulesDep).get('virtio'), {
    path: 'kernel/virtio.ko',
    dependencyPaths: [],
  });
  assert.equal(parseModulesDep('\nno colon\n').size, 0);
});

test('parseModulesAlias() collects the patterns of each module', () => {
  const text = `${modulesAlias}alias virtio:d00000099v* virtio_blk\nsymbol:x y\nalias incomplete\n`;
  const aliases = parseModulesAlias(text);
  assert.deepEqual(aliases.get('virtio_blk'), ['virtio:d00000002v*', 'virtio:d00000099v*']);
  assert.deepEqual(aliases.get('squashfs'), ['fs-squashfs']);
  assert.equal(aliases.has('#'), false);
});

test('selectModules() takes what a guest may need, dependencies first, and nothing else', () => {
  assert.deepEqual(
    selectModules(modulesDep, modulesAlias).map((module) => module.name),
    ['virtio', 'virtio_ring', 'virtio_pci', 'virtio_blk', 'squashfs'],
  );
});

test('selectModules() takes extra modules where the kernel has them', () => {
  const selected = selectModules(modulesDep, modulesAlias, ['floppy', 'nosuch']).map((module) => module.name);
  assert.deepEqual(selected, ['virtio', 'virtio_ring', 'virtio_pci', 'virtio_blk', 'squashfs', 'floppy']);
});

test('builtinModules() reads what is part of the kernel, nothing without a list', async (context) => {
  const directory = scratchDirectory(context);
  assert.deepEqual(await builtinModules(directory), []);
  writeFileSync(
    join(directory, 'modules.builtin'),
    'kernel/fs/ext4/ext4.ko\nkernel/net/9p/9pnet-virtio.ko\n',
  );
  assert.deepEqual(await builtinModules(directory), ['ext4', '9pnet_virtio']);
});

test('selectModules() lists the dependencies of a module in loading order', () => {
  const blk = selectModules(modulesDep, modulesAlias).find((module) => module.name === 'virtio_blk');
  assert.deepEqual(blk?.dependencies, ['virtio', 'virtio_ring']);
});

test('selectModules() keeps the patterns of devices and drops names of filesystems', () => {
  const modules = selectModules(modulesDep, modulesAlias);
  const aliases = Object.fromEntries(modules.map((module) => [module.name, module.aliases]));
  assert.deepEqual(aliases, {
    virtio: [],
    virtio_ring: [],
    virtio_pci: ['pci:v00001AF4d*sv*sd*bc*sc*i*'],
    virtio_blk: ['virtio:d00000002v*'],
    squashfs: [],
  });
});

test('selectModules() takes what brings memory and tells of power buttons', () => {
  const wanted = ['virtio_balloon', 'virtio_mem', 'button', 'evdev', 'gpio-pl061', 'gpio_keys'];
  const dep = wanted.map((name) => `kernel/${name}.ko:\n`).join('');
  const modules = selectModules(dep, 'alias acpi*:LNXPWRBN:* button\nalias virtio:d00000018v* virtio_mem\n');
  assert.deepEqual(
    modules.map((module) => module.name),
    wanted.map(moduleName),
  );
  assert.deepEqual(modules.find((module) => module.name === 'button')?.aliases, ['acpi*:LNXPWRBN:*']);
});

test('selectModules() finds nothing in a kernel that has it all built in', () => {
  assert.deepEqual(selectModules('', ''), []);
  assert.deepEqual(selectModules('kernel/floppy.ko:\n', ''), []);
});

test('selectModules() orders a chain that modules.dep lists from the back', () => {
  const dep =
    'k/virtio_net.ko: k/net_failover.ko k/failover.ko\nk/net_failover.ko: k/failover.ko\nk/failover.ko:\n';
  assert.deepEqual(
    selectModules(dep, '').map((module) => module.name),
    ['failover', 'net_failover', 'virtio_net'],
  );
});

test('packModules() reads the files and names them by their place in the guest', async (context) => {
  const directory = makeModulesDirectory(scratchDirectory(context));
  const { manifest, entries } = await packModules(directory, '6.1.0');
  assert.deepEqual(
    manifest.map((module) => module.path),
    entries.map((entry) => `/${entry.path}`),
  );
  const last = entries.at(-1);
  assert.equal(last?.path, 'lib/modules/6.1.0/kernel/squashfs.ko');
  assert.equal(Buffer.from(last?.content ?? []).toString(), 'bytes of squashfs.ko');
});

test('packModules() refuses compressed modules', async (context) => {
  const directory = makeModulesDirectory(scratchDirectory(context));
  writeFileSync(join(directory, 'modules.dep'), 'kernel/erofs.ko.xz:\n');
  await assert.rejects(packModules(directory, '6.1.0'), {
    code: 'host',
    message: 'Cannot pack the module "kernel/erofs.ko.xz": expected an uncompressed .ko',
  });
});

test('packModules() packs nothing of a kernel without wanted modules', async (context) => {
  const directory = makeModulesDirectory(scratchDirectory(context));
  writeFileSync(join(directory, 'modules.dep'), 'kernel/floppy.ko.xz:\n');
  assert.deepEqual(await packModules(directory, '6.1.0'), { manifest: [], entries: [] });
});

test('packModules() says which index or which module is missing', async (context) => {
  const directory = makeModulesDirectory(scratchDirectory(context));
  rmSync(join(directory, 'kernel/squashfs.ko'));
  await assert.rejects(packModules(directory, '6.1.0'), {
    code: 'host',
    message: `Cannot read "kernel/squashfs.ko" in the modules directory "${directory}"`,
  });
  rmSync(join(directory, 'modules.alias'));
  await assert.rejects(packModules(directory, '6.1.0'), {
    code: 'host',
    message: `Cannot read "modules.alias" in the modules directory "${directory}"`,
  });
});
