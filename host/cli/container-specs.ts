import type { OptionSpec } from './option-parser.ts';

/** How a container is kept in, in the words of docker-run(1). */
export const containerSpecs: readonly OptionSpec[] = [
  { name: 'privileged', help: 'All capabilities and devices, no filter, /sys and cgroups writable' },
  { name: 'cap-add', value: 'CAP', help: 'Add a capability such as NET_ADMIN, or ALL; repeatable' },
  { name: 'cap-drop', value: 'CAP', help: 'Drop a capability, or ALL; repeatable' },
  {
    name: 'security-opt',
    value: 'OPTION',
    help: 'seccomp=FILE, seccomp=unconfined, no-new-privileges[=BOOL], apparmor=unconfined',
  },
  { name: 'read-only', help: "Mount the container's root read-only" },
  { name: 'ulimit', value: 'TYPE=SOFT[:HARD]', help: 'Resource limit such as nofile=1024:4096; repeatable' },
  { name: 'sysctl', value: 'NAME=VALUE', help: 'Kernel parameter such as net.core.somaxconn; repeatable' },
  {
    name: 'device',
    value: 'PATH[:PATH][:rwm]',
    help: "Give it a device of the machine's, such as /dev/fuse; repeatable",
  },
  { name: 'group-add', value: 'GROUP', help: 'Another group of the user, by name or number; repeatable' },
  { name: 'umask', value: 'MODE', help: 'File mode creation mask (0022)' },
  { name: 'init', help: 'Put a small first process in that passes signals on and reaps' },
  { name: 'userns', value: 'MODE', help: 'host, or private: a user namespace of its own (host)' },
  { name: 'shm-size', value: 'SIZE', help: 'Size of /dev/shm (64m)' },
  { name: 'domainname', value: 'NAME', help: 'NIS domain name' },
  { name: 'annotation', value: 'K[=V]', help: "Annotation of the container's configuration; repeatable" },
  { name: 'oom-score-adj', value: 'N', help: 'How soon it is killed for want of memory, -1000 to 1000 (0)' },
];

/** What the container may use of its machine. */
export const limitSpecs: readonly OptionSpec[] = [
  { name: 'pids-limit', value: 'N', help: 'Processes and threads that the container may have (no limit)' },
  { name: 'memory-limit', value: 'SIZE', help: "Memory of the container (the machine's, see --memory)" },
  { name: 'memory-reservation', value: 'SIZE', help: 'Memory that it keeps when the machine runs short' },
  { name: 'memory-swap', value: 'SIZE', help: 'Memory and swap together, -1 for all (with --memory-limit)' },
  { name: 'cpu-limit', value: 'N', help: "CPUs that it may keep busy, e.g. 0.5 (the machine's, see --cpus)" },
  { name: 'cpu-shares', value: 'N', help: 'Its part when CPUs are short, 2 to 262144 (1024)' },
  { name: 'cpuset-cpus', value: 'LIST', help: 'CPUs that it may run on, e.g. 0-2,4' },
  { name: 'cpuset-mems', value: 'LIST', help: 'Memory nodes that it may use, e.g. 0' },
];

export const healthSpecs: readonly OptionSpec[] = [
  { name: 'health-cmd', value: 'COMMAND', help: "Check the workload's health by this, run by a shell" },
  { name: 'health-interval', value: 'TIME', help: 'Between two checks, e.g. 1m30s (30s)' },
  { name: 'health-timeout', value: 'TIME', help: 'How long a check may take (30s)' },
  { name: 'health-retries', value: 'N', help: 'Failures in a row that make it unhealthy (3)' },
  { name: 'health-start-period', value: 'TIME', help: 'In which failures do not count (0s)' },
  { name: 'health-start-interval', value: 'TIME', help: 'Between two checks in the start period (5s)' },
  { name: 'no-healthcheck', help: "No check, not the image's either" },
];

/** A container whose configuration is there already. */
export const runtimeSpecs: readonly OptionSpec[] = [
  { name: 'bundle', value: 'DIR', help: 'Run an OCI bundle, its config.json as it is, in place of IMAGE' },
  { name: 'config', value: 'FILE', help: 'A config.json for IMAGE, in place of the one made of it' },
];
