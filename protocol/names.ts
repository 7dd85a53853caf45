/** Names that host and guest must agree on before they can speak. */

/** Name of the virtio port that carries the channel, as in /sys/class/virtio-ports/<port>/name. */
export const channelPortName = 'org.firstborn.channel.0';

/** virtio-blk serials (at most 20 bytes, VIRTIO_BLK_ID_BYTES) that tell the disks apart. */
export const rootDiskSerial = 'firstborn-root';
export const configDiskSerial = 'firstborn-config';
export const addonsDiskSerial = 'firstborn-addons';
/** The disk that init and its runtime lie on, in machines whose initramfs holds only what finds it. */
export const runtimeDiskSerial = 'firstborn-runtime';

/** Where that disk is mounted, in init's own root. */
export const guestRuntimePath = '/runtime';

/** Files on the config disk. */
export const launchConfigPath = 'launch.json';
export const imageConfigPath = 'image/config.json';
/** With `runtimeConfig` in launch.json: the container's runtime-spec configuration, and the rest of its bundle. */
export const runtimeConfigPath = 'runtime.json';
export const bundlePath = 'bundle';
/** A seccomp profile of the runtime-spec's form, where launch.json names it. */
export const seccompProfilePath = 'seccomp.json';

/** Where init has the disk or share that is the launch config's mount of this index. */
export function guestVolumePath(index: number): string {
  return `/run/firstborn/volumes/${index}`;
}

/** The program that `--init` makes a container's first process, in init's own root. */
export const guestReaperPath = '/lib/firstborn/reaper';

/** The container that an image config and a launch config describe. */
export const mainContainerId = 'main';

/** Stream ids of the main container; ids from `firstDynamicStream` on are handed out by the guest. */
export const mainStreams = { stdin: 1, stdout: 2, stderr: 3 } as const;
export const firstDynamicStream = 16;

/** Exit codes that do not come from the workload (docker-run(1), "Exit Status"). */
export const exitCodes = {
  /** Firstborn itself failed. */
  firstborn: 125,
  /** The command was found but could not be executed. */
  notExecutable: 126,
  /** The command was not found. */
  notFound: 127,
  /** Added to the number of the signal that ended the workload. */
  signalBase: 128,
} as const;
