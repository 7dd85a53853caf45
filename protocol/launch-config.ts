import * as z from 'zod/mini';
import { ContainerConfig } from './container-config.ts';
import { krataLaunchToLaunchConfig, KrataLaunch } from './krata-launch-config.ts';
import { AbsolutePath, CString, CStrings, Environment, TerminalSize } from './fields.ts';
import { HealthConfig } from './health.ts';
import { lazySchema } from './lazy-schema.ts';
import { LimitsConfig } from './limits-config.ts';
import { maxStopGraceMs } from './limits.ts';
import { addressFamily, parseInterfaceAddress } from './network-address.ts';
import { parseWith } from './parse.ts';
import { parseSignal } from './signals.ts';
import { VerityConfig } from './verity.ts';

/** The version of `launch.json` that this build writes and reads. */
export const launchConfigVersion = 1;

export const IpAddress = z
  .string()
  .check(z.refine((text) => addressFamily(text) !== undefined, 'expected an IPv4 or IPv6 address'));
export const CidrAddress = z
  .string()
  .check(
    z.refine(
      (text) => parseInterfaceAddress(text) !== undefined,
      'expected an address with a prefix length, such as "10.0.2.15/24"',
    ),
  );

/** RO 10: at most 255 characters of labels; hostname(7) keeps the kernel's name to 64 bytes. */
export const Hostname = z
  .string()
  .check(
    z.maxLength(64),
    z.regex(
      /^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$/,
      'expected letters, digits, inner dashes and dots',
    ),
  );

const InterfaceName = z
  .string()
  .check(z.regex(/^(?!\.{1,2}$)[^\s/:]{1,15}$/, 'expected an interface name of 1 to 15 characters'));
const MacAddress = z
  .string()
  .check(z.regex(/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/, 'expected a MAC address such as "52:54:00:12:34:56"'));

/** A gateway of the destination's family; IPv4 may also go through IPv6 (RFC 5549), not the reverse. */
function gatewayFits(route: { destination: string; gateway?: string | undefined }): boolean {
  const destination = parseInterfaceAddress(route.destination)?.family;
  // An address that can't be read is refused where it stands.
  const gateway = route.gateway === undefined ? undefined : addressFamily(route.gateway);
  return !(destination === 6 && gateway === 4);
}

const Route = z
  .strictObject({
    /** Network with prefix length; `0.0.0.0/0` and `::/0` are the default routes. */
    destination: CidrAddress,
    /** Without one the destination is on the link itself. */
    gateway: z.optional(IpAddress),
    metric: z.optional(z.int().check(z.minimum(0), z.maximum(0xffffffff))),
  })
  .check(
    z.refine(gatewayFits, { error: 'expected an IPv6 gateway for an IPv6 destination', path: ['gateway'] }),
  );

const Neighbour = z.strictObject({ address: IpAddress, mac: MacAddress });

const Resolver = z.strictObject({
  nameservers: z.array(IpAddress).check(z.maxLength(16)),
  search: z._default(z.array(Hostname).check(z.maxLength(32)), []),
  options: z._default(z.array(z.string().check(z.regex(/^[a-z0-9:-]+$/))).check(z.maxLength(32)), []),
});

export const NetworkConfig = z.strictObject({
  /** The interface is found by its MAC address when one is given, else by name. */
  link: InterfaceName,
  mac: z.optional(MacAddress),
  mtu: z.optional(z.int().check(z.minimum(68), z.maximum(65535))),
  addresses: z._default(z.array(CidrAddress).check(z.maxLength(64)), []),
  routes: z._default(z.array(Route).check(z.maxLength(256)), []),
  neighbours: z._default(z.array(Neighbour).check(z.maxLength(256)), []),
  resolver: z.optional(Resolver),
});
export type NetworkConfig = z.infer<typeof NetworkConfig>;

const RootConfig = z.strictObject({
  format: z.enum(['squashfs', 'erofs']),
  /** Size of the tmpfs that takes what the container writes; half of the memory when absent. */
  writableMiB: z.optional(z.int().check(z.minimum(1), z.maximum(1 << 24))),
  /** The disk is only read through this; without it it is taken as it is. */
  verity: z.optional(VerityConfig),
});

const HostsEntry = lazySchema(() =>
  z.strictObject({
    address: IpAddress,
    names: z.array(Hostname).check(z.minLength(1), z.maxLength(32)),
  }),
);

const ProcessConfig = z.strictObject({
  /** Replaces the image's Entrypoint, and with it the image's Cmd (Docker's rule). */
  entrypoint: z.optional(CStrings),
  /** Replaces the image's Cmd. */
  command: z.optional(CStrings),
  /** Laid over the image's Env. */
  env: z._default(Environment, {}),
  /** Variables for where neither the image nor `env` sets one. */
  envDefaults: z._default(Environment, () => ({})),
  /** `name`, `uid`, `name:group`, `uid:gid` …; replaces the image's User. */
  user: z.optional(CString),
  workingDir: z.optional(AbsolutePath),
  stopSignal: z.optional(
    z
      .string()
      .check(z.refine((text) => parseSignal(text) !== undefined, 'expected a signal such as "SIGTERM"')),
  ),
  /** Whether stdin is a pipe from the host; without it the workload reads /dev/null. */
  stdin: z._default(z.boolean(), false),
  /** A terminal of this size instead of pipes: stdout and stderr are one, and stdin is there with `stdin`. */
  terminal: z.optional(TerminalSize),
});

/** What is mounted in the container beside its root. */
const MountConfig = lazySchema(() => {
  /** A path in the container that is not its root. */
  const MountDestination = AbsolutePath.check(
    z.refine((path) => /[^/]/.test(path), 'expected a path other than "/"'),
  );
  const MountBase = { destination: MountDestination, readonly: z._default(z.boolean(), false) };
  return z.discriminatedUnion('type', [
    z.strictObject({
      ...MountBase,
      type: z.literal('tmpfs'),
      sizeBytes: z.optional(z.int().check(z.minimum(1))),
      /** Permission bits; 1777 when absent. */
      mode: z.optional(z.int().check(z.minimum(0), z.maximum(0o7777))),
      /** Options of mount(8) beyond the defaults nosuid and nodev, such as `exec` or `noexec`. */
      options: z._default(z.array(CString).check(z.maxLength(32)), []),
    }),
    /** A disk of this virtio serial, or of this name such as `xvdd` where disks have none (Xen); one with `verity` is mounted read-only, whatever `readonly` says. */
    z.strictObject({
      ...MountBase,
      type: z.literal('disk'),
      serial: z.string().check(z.regex(/^[A-Za-z0-9._-]{1,20}$/, 'expected a disk serial')),
      format: z.enum(['ext4', 'squashfs', 'erofs']),
      verity: z.optional(VerityConfig),
    }),
    /** A directory of the host under this tag. */
    z.strictObject({
      ...MountBase,
      type: z.literal('share'),
      tag: z.string().check(z.regex(/^[A-Za-z0-9._-]{1,31}$/, 'expected a share tag')),
      driver: z.enum(['virtiofs', '9p']),
    }),
  ]);
});
export type MountConfig = z.infer<typeof MountConfig>;

/** What the host asks of one guest: `launch.json` on the config disk, strict and versioned. */
export const LaunchConfig = z.strictObject({
  version: z.literal(launchConfigVersion),
  root: RootConfig,
  hostname: z.optional(Hostname),
  hosts: z._default(z.array(HostsEntry).check(z.maxLength(256)), []),
  network: z.optional(NetworkConfig),
  process: z._default(ProcessConfig, () => ({ env: {}, envDefaults: {}, stdin: false })),
  /** In order; a later one may lie inside an earlier one. */
  mounts: z._default(z.array(MountConfig).check(z.maxLength(64)), []),
  limits: z._default(LimitsConfig, () => ({})),
  container: z.optional(ContainerConfig),
  /**
   * The container is what `runtime.json` beside this file says, a configuration of the runtime-spec; `bundle/` holds the
   * other files of its bundle. Of the rest here only the machine's part counts then: not `container`, `limits` and
   * what `process` says beside its streams and stop signal.
   */
  runtimeConfig: z.optional(z.boolean()),
  stopGraceMs: z.optional(z.int().check(z.minimum(0), z.maximum(maxStopGraceMs))),
  health: z.optional(HealthConfig),
  logLevel: z._default(z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal']), 'info'),
});
export type LaunchConfig = z.infer<typeof LaunchConfig>;
/** The same before defaults are filled in: what a host writes. */
export type LaunchConfigInput = z.input<typeof LaunchConfig>;

/**
 * Reads a parsed `launch.json`: ours when it has a `version`, else krata's, which is translated. Throws a
 * FirstbornError of code `config` with the path of every bad value.
 */
export function parseLaunchConfig(value: unknown): LaunchConfig {
  if (typeof value === 'object' && value !== null && !('version' in value)) {
    return parseWith(
      LaunchConfig,
      krataLaunchToLaunchConfig(parseWith(KrataLaunch, value, 'launch.json')),
      'launch.json',
    );
  }
  return parseWith(LaunchConfig, value, 'launch.json');
}
