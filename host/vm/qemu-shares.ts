import type { MachineDescription, ShareDescription } from './machine-description.ts';
import { type DeviceModel, optionValue } from './qemu-devices.ts';

const memoryId = 'memory';

/**
 * What the whole machine needs where a virtiofsd serves it: the guest's memory as an anonymous file that the daemon can
 * map, and virtio-mmio of version 1, because daemons know no legacy devices. Nothing otherwise: memory of QEMU alone
 * is the cheaper one. Pure.
 */
export function sharingArguments({
  machine,
  memoryMiB,
  shares = [],
}: Pick<MachineDescription, 'machine' | 'memoryMiB' | 'shares'>): { machineOption: string; args: string[] } {
  if (!shares.some(({ driver }) => driver === 'virtiofs')) return { machineOption: '', args: [] };
  return {
    machineOption: `,memory-backend=${memoryId}`,
    args: [
      ['-object', `memory-backend-memfd,id=${memoryId},size=${memoryMiB}M,share=on`],
      machine === 'microvm' ? ['-global', 'virtio-mmio.force-legacy=off'] : [],
    ].flat(),
  };
}

/**
 * A directory of the host: a virtiofs device on a virtiofsd's socket, or QEMU's own 9p server. With
 * `security_model=none` that keeps owners and modes as they are, as far as QEMU's user may. Pure.
 */
export function shareArguments(model: DeviceModel, share: ShareDescription, index: number): string[] {
  const id = `share${index}`;
  const tag = optionValue(share.tag);
  if (share.driver === 'virtiofs') {
    return [
      '-chardev',
      `socket,id=${id},path=${optionValue(share.socketPath)}`,
      '-device',
      `${model('vhost-user-fs')},chardev=${id},tag=${tag}`,
    ];
  }
  const readonly = share.readonly ? 'on' : 'off';
  return [
    '-fsdev',
    `local,id=${id},path=${optionValue(share.path)},security_model=none,multidevs=remap,readonly=${readonly}`,
    '-device',
    `${model('virtio-9p')},fsdev=${id},mount_tag=${tag}`,
  ];
}
