import type { SpecDevice, SpecDeviceRule } from '../../../../protocol/oci/runtime-spec.ts';
import { capabilities } from '../base-spec.ts';
import { asking, change, type DifferentialCase } from '../differential-case.ts';

function withDevices(name: string, devices: SpecDevice[], words: string[] = []): DifferentialCase {
  return asking(name, words, (spec) => {
    spec.linux.devices = devices;
  });
}

/** Whoever may make nodes sees what the rules let it open: behind major number 61 is no driver, so ENXIO means allowed. */
function withRules(name: string, devices: SpecDeviceRule[], words: string[]): DifferentialCase {
  return asking(name, words, (spec) => {
    spec.process.capabilities = capabilities(['CAP_MKNOD', 'CAP_DAC_OVERRIDE']);
    spec.linux.resources.devices = devices;
  });
}

const denyAll: SpecDeviceRule = { allow: false, access: 'rwm' };
const nodes = [
  'try=mknod:c:61:1:/dev/probe-memory',
  'try=mknod:c:1:3:/dev/probe-null',
  'try=mknod:c:1:7:/dev/probe-full',
  'try=mknod:b:61:200:/dev/probe-block',
];

const deviceNodes: DifferentialCase[] = [
  withDevices(
    'a device',
    [{ path: '/dev/extra', type: 'c', major: 1, minor: 5, fileMode: 0o640, uid: 3, gid: 4 }],
    ['try=open:r:/dev/extra'],
  ),
  withDevices('a device without a mode', [{ path: '/dev/plain', type: 'c', major: 1, minor: 7 }]),
  withDevices('a block device', [{ path: '/dev/disk', type: 'b', major: 61, minor: 200, fileMode: 0o660 }]),
  withDevices('an unbuffered device', [
    { path: '/dev/unbuffered', type: 'u', major: 1, minor: 3, fileMode: 0o600 },
  ]),
  withDevices('a fifo', [{ path: '/dev/fifo', type: 'p', fileMode: 0o622, uid: 5, gid: 6 }]),
  withDevices('a device in a directory', [
    { path: '/dev/deep/er/null', type: 'c', major: 1, minor: 3, fileMode: 0o666 },
  ]),
  withDevices(
    'a device outside /dev',
    [{ path: '/opt/null', type: 'c', major: 1, minor: 3, fileMode: 0o666 }],
    ['stat=/opt/null', 'try=open:rw:/opt/null'],
  ),
  withDevices(
    'a default device with another mode',
    [{ path: '/dev/full', type: 'c', major: 1, minor: 7, fileMode: 0o600 }],
    ['try=open:r:/dev/full'],
  ),
  withDevices('a default device with another owner', [
    { path: '/dev/zero', type: 'c', major: 1, minor: 5, fileMode: 0o666, uid: 12, gid: 34 },
  ]),
  change('a device and a umask', (spec) => {
    spec.process.user.umask = 0o077;
    spec.linux.devices = [{ path: '/dev/open', type: 'c', major: 1, minor: 3, fileMode: 0o666 }];
  }),
];

const rules: DifferentialCase[] = [
  withRules('everything is denied', [denyAll], nodes),
  withRules('everything is allowed', [{ allow: true, access: 'rwm' }], nodes),
  withRules('no rules', [], nodes),
  withRules(
    'one device is allowed',
    [denyAll, { allow: true, type: 'c', major: 61, minor: 1, access: 'rwm' }],
    nodes,
  ),
  withRules(
    'a device may be made and not opened',
    [denyAll, { allow: true, type: 'b', major: 61, access: 'm' }],
    nodes,
  ),
  withRules('a whole major number', [denyAll, { allow: true, type: 'b', major: 61, access: 'rwm' }], nodes),
  withRules(
    'a kind of device',
    [denyAll, { allow: true, type: 'b', access: 'm' }, { allow: true, type: 'c', access: 'm' }],
    nodes,
  ),
  withRules(
    'a later rule takes back',
    [
      denyAll,
      { allow: true, type: 'b', major: 61, minor: 200, access: 'rwm' },
      { allow: false, type: 'b', major: 61, minor: 200, access: 'rwm' },
    ],
    nodes,
  ),
  withRules(
    'reading is allowed, writing is not',
    [denyAll, { allow: true, type: 'c', major: 1, minor: 11, access: 'rm' }],
    ['try=mknod:c:1:11:/dev/probe-kmsg'],
  ),
];

/** Device nodes, and the rules about them. */
export const deviceCases = [...deviceNodes, ...rules];
