import { type LaunchConfig, parseLaunchConfig } from '../../../../../protocol/launch-config.ts';
import { type ConversionInput, toRuntimeSpec } from '../../../../../protocol/oci/convert/to-runtime-spec.ts';
import type {
  RuntimeSpec,
  SpecDevice,
  SpecLinux,
  SpecProcess,
} from '../../../../../protocol/oci/runtime-spec.ts';

/** A whole launch config with these keys. */
export const launchWith = (keys: object = {}): LaunchConfig =>
  parseLaunchConfig({ version: 1, root: { format: 'squashfs' }, ...keys });

/** What the machine of these tests has. */
export const machineDevices: SpecDevice[] = [
  { path: '/dev/fuse', type: 'c', major: 10, minor: 229, fileMode: 0o660, uid: 0, gid: 5 },
  { path: '/dev/snd/seq', type: 'c', major: 116, minor: 1 },
  { path: '/dev/snd/timer', type: 'c', major: 116, minor: 33 },
  { path: '/dev/vdx', type: 'b', major: 254, minor: 0 },
  { path: '/dev/initctl', type: 'p' },
];

export const terminals = '/run/firstborn/pts/main';

export type Converted = RuntimeSpec & { process: SpecProcess; linux: SpecLinux };

/** A conversion that is like any other but for the changes. */
export function convert(changes: Partial<ConversionInput> = {}): Converted {
  return toRuntimeSpec({
    image: { config: { Cmd: ['run'], Env: ['A=1'], WorkingDir: '/srv' } },
    launch: launchWith({ process: { env: { B: '2' } } }),
    user: { uid: 0, gid: 0, additionalGids: [], home: '/root' },
    hostname: 'web',
    terminals,
    kernelModules: undefined,
    seccomp: undefined,
    findDevices: (path) =>
      machineDevices.filter((device) => device.path === path || device.path.startsWith(`${path}/`)),
    ...changes,
  }) as Converted;
}

/** The same with this `container` in launch.json. */
export const convertContainer = (container: object, changes: Partial<ConversionInput> = {}): Converted =>
  convert({ launch: launchWith({ container }), ...changes });
