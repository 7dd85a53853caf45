import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mountAttributes as attributes, mountFlags as ms } from '../../../../addon/constants.ts';
import {
  hardenPseudoMount,
  type ParsedMountOptions,
  parseMountOptions,
  propagationFlags,
} from '../../../../init/container/mount-options.ts';

const nothing: ParsedMountOptions = {
  flags: 0,
  clearedFlags: 0,
  propagation: [],
  recursive: { set: 0, clear: 0 },
  data: '',
  tmpCopyUp: false,
  idmap: undefined,
  loop: false,
};

const flagTable: [set: string, clear: string | undefined, flags: number][] = [
  ['bind', undefined, ms.MS_BIND],
  ['rbind', undefined, ms.MS_BIND | ms.MS_REC],
  ['remount', undefined, ms.MS_REMOUNT],
  ['dirsync', undefined, ms.MS_DIRSYNC],
  ['ro', 'rw', ms.MS_RDONLY],
  ['nosuid', 'suid', ms.MS_NOSUID],
  ['nodev', 'dev', ms.MS_NODEV],
  ['noexec', 'exec', ms.MS_NOEXEC],
  ['sync', 'async', ms.MS_SYNCHRONOUS],
  ['mand', 'nomand', ms.MS_MANDLOCK],
  ['noatime', 'atime', ms.MS_NOATIME],
  ['nodiratime', 'diratime', ms.MS_NODIRATIME],
  ['relatime', 'norelatime', ms.MS_RELATIME],
  ['strictatime', 'nostrictatime', ms.MS_STRICTATIME],
  ['lazytime', 'nolazytime', ms.MS_LAZYTIME],
  ['silent', 'loud', ms.MS_SILENT],
  ['iversion', 'noiversion', ms.MS_I_VERSION],
  ['nosymfollow', 'symfollow', ms.MS_NOSYMFOLLOW],
];
for (const [set, clear, flags] of flagTable) {
  test(`parseMountOptions() sets the flag of "${set}"`, () => {
    assert.deepEqual(parseMountOptions([set]), { ...nothing, flags });
  });
  if (clear === undefined) continue;
  test(`parseMountOptions() clears the flag of "${set}" with "${clear}"`, () => {
    assert.deepEqual(parseMountOptions([clear]), { ...nothing, clearedFlags: flags });
    assert.deepEqual(parseMountOptions([set, clear]), { ...nothing, clearedFlags: flags });
    assert.deepEqual(parseMountOptions([clear, set]), { ...nothing, flags });
  });
}

const propagationTable: [option: string, flags: number][] = [
  ['private', ms.MS_PRIVATE],
  ['rprivate', ms.MS_PRIVATE | ms.MS_REC],
  ['shared', ms.MS_SHARED],
  ['rshared', ms.MS_SHARED | ms.MS_REC],
  ['slave', ms.MS_SLAVE],
  ['rslave', ms.MS_SLAVE | ms.MS_REC],
  ['unbindable', ms.MS_UNBINDABLE],
  ['runbindable', ms.MS_UNBINDABLE | ms.MS_REC],
];
for (const [option, flags] of propagationTable) {
  test(`parseMountOptions() and propagationFlags() take the propagation "${option}"`, () => {
    assert.deepEqual(parseMountOptions([option]), { ...nothing, propagation: [flags] });
    assert.deepEqual(propagationFlags(option), [flags]);
  });
}

const attributeTable: [set: string, clear: string, attribute: number][] = [
  ['rro', 'rrw', attributes.MOUNT_ATTR_RDONLY],
  ['rnosuid', 'rsuid', attributes.MOUNT_ATTR_NOSUID],
  ['rnodev', 'rdev', attributes.MOUNT_ATTR_NODEV],
  ['rnoexec', 'rexec', attributes.MOUNT_ATTR_NOEXEC],
  ['rnodiratime', 'rdiratime', attributes.MOUNT_ATTR_NODIRATIME],
  ['rnosymfollow', 'rsymfollow', attributes.MOUNT_ATTR_NOSYMFOLLOW],
];
for (const [on, off, attribute] of attributeTable) {
  test(`parseMountOptions() sets the attribute of "${on}" and clears it with "${off}"`, () => {
    assert.deepEqual(parseMountOptions([on]), { ...nothing, recursive: { set: attribute, clear: 0 } });
    assert.deepEqual(parseMountOptions([off]), { ...nothing, recursive: { set: 0, clear: attribute } });
    assert.deepEqual(parseMountOptions([on, off]).recursive, { set: 0, clear: attribute });
    assert.deepEqual(parseMountOptions([off, on]).recursive, { set: attribute, clear: 0 });
  });
}

const accessTimes: [options: string[], set: number][] = [
  [['rrelatime'], attributes.MOUNT_ATTR_RELATIME],
  [['ratime'], attributes.MOUNT_ATTR_RELATIME],
  [['rnostrictatime'], attributes.MOUNT_ATTR_RELATIME],
  [['rnoatime'], attributes.MOUNT_ATTR_NOATIME],
  [['rstrictatime'], attributes.MOUNT_ATTR_STRICTATIME],
  [['rnoatime', 'rstrictatime'], attributes.MOUNT_ATTR_STRICTATIME],
  [['rnoatime', 'ratime'], attributes.MOUNT_ATTR_RELATIME],
  [['rstrictatime', 'rnorelatime'], attributes.MOUNT_ATTR_STRICTATIME],
];
for (const [options, set] of accessTimes) {
  test(`parseMountOptions() replaces the access time mode as a whole for [${options.join(',')}]`, () => {
    const recursive = { set, clear: attributes.MOUNT_ATTR__ATIME };
    assert.deepEqual(parseMountOptions(options), { ...nothing, recursive });
  });
}

const table: [options: string[], expected: Partial<ParsedMountOptions>][] = [
  [[], {}],
  [['defaults'], {}],
  [['rnorelatime'], {}],
  [['', 'size=1m', ''], { data: 'size=1m' }],
  [['mode=1777', 'size=65536k'], { data: 'mode=1777,size=65536k' }],
  [
    ['nosuid', 'newinstance', 'noexec', 'gid=5'],
    { flags: ms.MS_NOSUID | ms.MS_NOEXEC, data: 'newinstance,gid=5' },
  ],
  [['rbind', 'rw'], { flags: ms.MS_BIND | ms.MS_REC, clearedFlags: ms.MS_RDONLY }],
  [['acl', 'constructor', '__proto__'], { data: 'acl,constructor,__proto__' }],
  [['RO'], { data: 'RO' }],
  [['ro=1'], { data: 'ro=1' }],
  [['tmpcopyup', 'size=1m'], { tmpCopyUp: true, data: 'size=1m' }],
  [['idmap'], { idmap: 'idmap' }],
  [['bind', 'ridmap'], { flags: ms.MS_BIND, idmap: 'ridmap' }],
  [['loop', 'ro'], { flags: ms.MS_RDONLY, loop: true }],
  [
    ['rbind', 'rslave', 'shared', 'rro'],
    {
      flags: ms.MS_BIND | ms.MS_REC,
      propagation: [ms.MS_SLAVE | ms.MS_REC, ms.MS_SHARED],
      recursive: { set: attributes.MOUNT_ATTR_RDONLY, clear: 0 },
    },
  ],
];
for (const [options, expected] of table) {
  test(`parseMountOptions() sorts [${options.join(',')}]`, () => {
    assert.deepEqual(parseMountOptions(options), { ...nothing, ...expected });
  });
}

test('propagationFlags() gives no call where nothing is said', () => {
  assert.deepEqual(propagationFlags(undefined), []);
  assert.deepEqual(propagationFlags(''), []);
});

test('propagationFlags() refuses another word', () => {
  assert.throws(() => propagationFlags('ro'), {
    code: 'config',
    message:
      'Cannot run the configuration: linux.rootfsPropagation: expected a propagation such as "rprivate", got "ro"',
  });
});

const all = ['nosuid', 'nodev', 'noexec'];
const hardening: [type: string, options: string[], added: string[]][] = [
  ['proc', [], all],
  ['sysfs', ['ro'], all],
  ['sysfs', ['nosuid', 'noexec', 'nodev', 'ro'], []],
  ['proc', ['nosuid', 'hidepid=2'], ['nodev', 'noexec']],
  ['proc', ['nosuid', 'nodev', 'noexec', 'suid', 'exec'], ['nosuid', 'noexec']],
  ['proc', [...all, 'rexec'], ['rnoexec']],
  ['proc', [...all, 'rsuid', 'rnosuid'], []],
  ['tmpfs', [], []],
  ['proc', ['bind'], []],
  ['sysfs', ['rbind', 'ro'], []],
];
for (const [type, options, added] of hardening) {
  test(`hardenPseudoMount() adds [${added.join(',')}] to ${type} with [${options.join(',')}]`, () => {
    const mount = { destination: '/mnt', type, source: 'x', options };
    const hardened = hardenPseudoMount(mount);
    assert.deepEqual(hardened, { mount: { ...mount, options: [...options, ...added] }, added });
    assert.deepEqual(hardenPseudoMount(hardened.mount).added, []);
  });
}

test('hardenPseudoMount() takes a mount without options', () => {
  assert.deepEqual(hardenPseudoMount({ destination: '/proc', type: 'proc' }).mount.options, all);
  assert.deepEqual(hardenPseudoMount({ destination: '/x' }).added, []);
});
