import { FirstbornError } from '../../protocol/errors.ts';
import type { FindDevices } from '../../protocol/oci/convert/devices.ts';
import type { SpecDevice } from '../../protocol/oci/runtime-spec.ts';

/** Devices with the same number in every kernel (Documentation/admin-guide/devices.txt). */
const numbers: Readonly<Record<string, [major: number, minor: number]>> = {
  '/dev/mem': [1, 1],
  '/dev/kmsg': [1, 11],
  '/dev/hpet': [10, 228],
  '/dev/fuse': [10, 229],
  '/dev/kvm': [10, 232],
  '/dev/loop-control': [10, 237],
  '/dev/vhost-net': [10, 238],
  '/dev/vhost-vsock': [10, 241],
  '/dev/mapper/control': [10, 236],
  '/dev/net/tun': [10, 200],
  '/dev/rfkill': [10, 242],
  '/dev/uinput': [10, 223],
};

/**
 * Devices of a guest as far as they are known without one: those whose numbers are fixed. A directory, such as all of
 * /dev, is passed over. Throws a FirstbornError of code `config` for others.
 */
export const findKnownDevices: FindDevices = (path): SpecDevice[] => {
  if (path === '/dev') return [];
  const found = numbers[path];
  if (found === undefined) {
    throw new FirstbornError(
      'config',
      `Cannot tell what the device "${path}" is: only the machine itself knows its numbers`,
    );
  }
  const [major, minor] = found;
  return [{ path, type: 'c', major, minor, fileMode: 0o666, uid: 0, gid: 0 }];
};
