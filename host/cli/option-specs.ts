import { containerSpecs, healthSpecs, limitSpecs, runtimeSpecs } from './container-specs.ts';
import { networkSpecs } from './network-options.ts';
import type { OptionSpec } from './option-parser.ts';
import { vmmSpecs } from './vmm-options.ts';

export const environmentSpecs: readonly OptionSpec[] = [
  { name: 'env', short: 'e', value: 'K[=V]', help: 'Set a variable; K alone is taken from this environment' },
  { name: 'env-file', value: 'FILE', help: 'Read variables from a file, K=V or K in each line' },
];

export const interactiveSpec: OptionSpec = {
  name: 'interactive',
  short: 'i',
  help: 'Pass stdin on; without it the workload reads /dev/null',
};

const imageSpecs: readonly OptionSpec[] = [
  {
    name: 'entrypoint',
    value: 'CMD',
    help: "Replace the image's entrypoint and drop its command (empty: no entrypoint)",
  },
  ...environmentSpecs,
  { name: 'workdir', short: 'w', value: 'DIR', help: 'Working directory' },
  { name: 'user', short: 'u', value: 'USER[:GROUP]', help: 'User and group by name or number' },
  { name: 'hostname', value: 'NAME', help: 'Host name (run: the start of the machine id)' },
];

const stopSpecs: readonly OptionSpec[] = [
  {
    name: 'stop-signal',
    value: 'SIGNAL',
    help: "Signal that stops the workload (the image's, else SIGTERM)",
  },
  { name: 'stop-timeout', value: 'SECONDS', help: 'Time between the stop signal and the kill (10)' },
];

/** What shapes the container, wherever it is to run. */
const workloadSpecs: readonly OptionSpec[] = [
  ...imageSpecs,
  ...stopSpecs,
  ...containerSpecs,
  ...limitSpecs,
  ...healthSpecs,
];

const machineSpecs: OptionSpec[] = [
  {
    name: 'kernel',
    value: 'FILE|microvm',
    help: "Kernel image, or the one of `npm run kernel` (Debian's cloud kernel)",
  },
  { name: 'modules', value: 'DIR', help: "The kernel's modules, a directory with modules.dep" },
  {
    name: 'runtime',
    value: 'PLACE',
    help: "Where init's runtime is: initramfs, or disk, which takes less memory (initramfs)",
  },
  { name: 'machine', value: 'TYPE', help: 'auto, q35, pc or microvm; virt on arm64 (auto: q35, virt)' },
  { name: 'memory', short: 'm', value: 'SIZE', help: 'Memory of the machine, e.g. 512m or 1g (512m)' },
  { name: 'cpus', value: 'N', help: 'Number of CPUs of the machine (1)' },
  { name: 'format', value: 'FORMAT', help: 'Root disk: squashfs or erofs (squashfs)' },
  { name: 'verity', help: 'Verify the root disk as it is read, by a hash tree (dm-verity)' },
  { name: 'log-level', value: 'LEVEL', help: 'trace, debug, info, warn, error or fatal (info)' },
];

const mountSpecs: readonly OptionSpec[] = [
  {
    name: 'volume',
    short: 'v',
    value: 'SRC:DST[:ro]',
    help: 'Mount a directory, or an ext4, squashfs or EROFS image; repeatable',
  },
  {
    name: 'mount',
    value: 'KEY=VALUE,…',
    help: 'The same as type=bind,src=SRC,dst=DST[,ro], or type=tmpfs,dst=DST; repeatable',
  },
  { name: 'tmpfs', value: 'DST[:OPTIONS]', help: 'Mount memory, e.g. /cache:size=64m,mode=700; repeatable' },
];

/** What a machine shares with its host. */
const sharingSpecs: readonly OptionSpec[] = [
  ...mountSpecs,
  {
    name: 'publish',
    short: 'p',
    value: '[IP:]PORT:PORT[/udp]',
    help: 'Forward a port of the host, or a range, to the guest; repeatable',
  },
];

/** What every command understands. */
export const helpSpec: OptionSpec = { name: 'help', short: 'h', help: 'Show this text' };

const quietSpec: OptionSpec = { name: 'quiet', short: 'q', help: 'Show no progress' };

export const ttySpec: OptionSpec = { name: 'tty', short: 't', help: 'Give it a terminal' };
export const detachKeysSpec: OptionSpec = {
  name: 'detach-keys',
  value: 'KEYS',
  help: 'Keys that leave it running, e.g. ctrl-a,d (ctrl-p,ctrl-q; empty: none)',
};
const keepingSpecs: readonly OptionSpec[] = [
  { name: 'detach', short: 'd', help: 'Leave it running, and print its id once the workload runs' },
  { name: 'name', value: 'NAME', help: 'What to call the machine (two words are made up)' },
  { name: 'restart', value: 'POLICY', help: 'no, on-failure[:TIMES] or always (no)' },
  { name: 'rm', help: 'Remove the machine when it has ended (the default without -d)' },
  { name: 'keep', help: 'Leave the machine when it has ended (the default with -d)' },
  { name: 'label', short: 'l', value: 'K[=V]', help: 'Note something with the machine; repeatable' },
  { name: 'log-size', value: 'SIZE', help: "Start a new file of the workload's log at this size (16m)" },
  { name: 'log-files', value: 'N', help: "Files of the workload's log to keep (4)" },
];

export const runSpecs: readonly OptionSpec[] = [
  ...keepingSpecs,
  interactiveSpec,
  ttySpec,
  detachKeysSpec,
  ...runtimeSpecs,
  ...workloadSpecs,
  ...vmmSpecs,
  ...machineSpecs,
  ...networkSpecs,
  ...sharingSpecs,
  { name: 'accel', value: 'KIND', help: 'auto, kvm or tcg (auto: KVM where a guest boots on it)' },
  { name: 'timeout', value: 'SECONDS', help: 'Stop the workload after this time and exit with 124' },
  { name: 'console', value: 'FILE', help: "Write the kernel's and init's log to FILE; '-' is stderr" },
  { name: 'summary', help: 'Print a summary of the boot to stderr after the run' },
  quietSpec,
];

export const buildSpecs: readonly OptionSpec[] = [
  { name: 'output', short: 'o', value: 'DIR', help: 'Where to leave the files (required)' },
  interactiveSpec,
  ...runtimeSpecs,
  ...workloadSpecs,
  ...vmmSpecs,
  ...machineSpecs,
  ...networkSpecs,
  quietSpec,
];

/** What of `run` shows in a container's configuration. */
export const specSpecs: readonly OptionSpec[] = [interactiveSpec, ttySpec, ...workloadSpecs, ...mountSpecs];
