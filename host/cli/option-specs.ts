import type { OptionSpec } from './option-parser.ts';

const workloadSpecs: OptionSpec[] = [
  {
    name: 'entrypoint',
    value: 'CMD',
    help: "Replace the image's entrypoint and drop its command (empty: no entrypoint)",
  },
  { name: 'env', short: 'e', value: 'K[=V]', help: 'Set a variable; K alone is taken from this environment' },
  { name: 'env-file', value: 'FILE', help: 'Read variables from a file, K=V or K in each line' },
  { name: 'workdir', short: 'w', value: 'DIR', help: 'Working directory' },
  { name: 'user', short: 'u', value: 'USER[:GROUP]', help: 'User and group by name or number' },
  { name: 'hostname', value: 'NAME', help: 'Host name (run: the start of the machine id)' },
  { name: 'interactive', short: 'i', help: 'Pass stdin on; without it the workload reads /dev/null' },
  {
    name: 'stop-signal',
    value: 'SIGNAL',
    help: "Signal that stops the workload (the image's, else SIGTERM)",
  },
  { name: 'stop-timeout', value: 'SECONDS', help: 'Time between the stop signal and the kill (10)' },
];

const machineSpecs: OptionSpec[] = [
  { name: 'kernel', value: 'FILE', help: "Kernel image (the build's)" },
  { name: 'modules', value: 'DIR', help: "The kernel's modules, a directory with modules.dep" },
  { name: 'machine', value: 'TYPE', help: 'auto, q35, pc or microvm; virt on arm64 (auto: q35, virt)' },
  { name: 'memory', value: 'SIZE', help: 'Memory, e.g. 512m or 1g (512m)' },
  { name: 'cpus', value: 'N', help: 'Number of CPUs (1)' },
  { name: 'format', value: 'FORMAT', help: 'Root disk: squashfs or erofs (squashfs)' },
  { name: 'log-level', value: 'LEVEL', help: 'trace, debug, info, warn, error or fatal (info)' },
];

const networkSpecs: OptionSpec[] = [
  { name: 'network', value: 'MODE', help: 'user or none (user)' },
  { name: 'ip', value: 'ADDR[/PREFIX]', help: 'Address of the guest, IPv4 or IPv6; repeatable' },
  { name: 'dns', value: 'IP', help: 'Nameserver of the guest; repeatable' },
];

const helpSpec: OptionSpec = { name: 'help', short: 'h', help: 'Show this text' };

export const runSpecs: readonly OptionSpec[] = [
  ...workloadSpecs,
  ...machineSpecs,
  ...networkSpecs,
  { name: 'accel', value: 'KIND', help: 'auto, kvm or tcg (auto: KVM where a guest boots on it)' },
  { name: 'timeout', value: 'SECONDS', help: 'Stop the workload after this time and exit with 124' },
  { name: 'rm', help: 'Remove the machine after the run (the default)' },
  { name: 'keep', help: "Leave the machine's directory and print where it is" },
  { name: 'console', value: 'FILE', help: "Write the kernel's and init's log to FILE; '-' is stderr" },
  { name: 'summary', help: 'Print a summary of the boot to stderr after the run' },
  helpSpec,
];

export const buildSpecs: readonly OptionSpec[] = [
  { name: 'output', short: 'o', value: 'DIR', help: 'Where to leave the files (required)' },
  ...workloadSpecs,
  ...machineSpecs,
  ...networkSpecs,
  helpSpec,
];
