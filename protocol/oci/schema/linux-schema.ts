import * as z from 'zod/mini';
import type { SpecDevice, SpecNamespace } from '../runtime-spec.ts';
import { maxCoveredPaths, maxDevices, maxKernelValueBytes, maxSmallList, maxSysctls } from './bounds.ts';
import { idMappings } from './mount-schema.ts';
import { resources } from './resources-schema.ts';
import {
  absolutePath,
  deviceMajor,
  deviceMinor,
  optionalText,
  text,
  userId,
  wholeNumber,
} from './scalars.ts';
import { seccomp } from './seccomp-schema.ts';
import { distinct, list, map, presence, type Refuse, specObject } from './structures.ts';

function namespaces() {
  const namespace = specObject({
    type: z.enum(['pid', 'network', 'mount', 'ipc', 'uts', 'user', 'cgroup', 'time']),
    path: optionalText(absolutePath()),
  });
  return list(
    namespace,
    maxSmallList,
    distinct<SpecNamespace>(({ type }) => type, 'type'),
  );
}

/** Type bits of a mode (inode(7)), which some writers leave in. */
const typeBits = { c: 0o020000, u: 0o020000, b: 0o060000, p: 0o010000 };

function deviceIsWhole({ type, major, minor, fileMode = 0 }: SpecDevice, refuse: Refuse): void {
  const bits = fileMode & ~0o7777;
  if (bits !== 0 && bits !== typeBits[type]) refuse(['fileMode'], `expected the mode of a device "${type}"`);
  if (type === 'p') return;
  if (major === undefined) refuse(['major'], `expected a number for a device "${type}"`);
  if (minor === undefined) refuse(['minor'], `expected a number for a device "${type}"`);
}

function devices() {
  const device = specObject(
    {
      path: absolutePath(),
      type: z.enum(['c', 'b', 'u', 'p']),
      major: z.optional(deviceMajor()),
      minor: z.optional(deviceMinor()),
      fileMode: z.optional(wholeNumber(0, 0o177777)),
      uid: z.optional(userId()),
      gid: z.optional(userId()),
    },
    deviceIsWhole,
  );
  const plain = z.transform(
    ({ major, minor, fileMode, ...rest }: z.output<typeof device>): SpecDevice => ({
      ...rest,
      // A fifo has no numbers, whatever a writer of zeros says.
      ...(rest.type === 'p' ? {} : { major, minor }),
      ...(fileMode === undefined ? {} : { fileMode: fileMode & 0o7777 }),
    }),
  );
  return list(z.pipe(device, plain), maxDevices);
}

function sysctl() {
  const name = z
    .string()
    .check(
      z.refine(
        (value) => /^[A-Za-z0-9_-]+([./][A-Za-z0-9_:@-]+)+$/.test(value) && value.length <= 255,
        'expected a name such as "net.ipv4.ip_forward"',
      ),
    );
  return map(name, text(maxKernelValueBytes), maxSysctls);
}

/** The kernel wants offsets within half of what it can count (KTIME_SEC_MAX). */
const maxOffsetSeconds = 4_611_686_018;

function timeOffsets() {
  const offset = z.optional(
    specObject({
      secs: z.optional(wholeNumber(-maxOffsetSeconds, maxOffsetSeconds)),
      nanosecs: z.optional(wholeNumber(0, 999_999_999)),
    }),
  );
  // The keys name clocks: one that has no offset must not be passed over.
  return z.strictObject({ monotonic: offset, boottime: offset });
}

function personality() {
  return specObject({
    domain: z.enum(['LINUX', 'LINUX32']),
    flags: z.optional(list(text(64), maxSmallList)),
  });
}

function propagation() {
  const kinds = ['private', 'shared', 'slave', 'unbindable'];
  return optionalText(z.enum([...kinds, ...kinds.map((kind) => `r${kind}`)]));
}

export function linux() {
  const coveredPaths = z.optional(list(absolutePath(), maxCoveredPaths));
  return specObject({
    devices: z.optional(devices()),
    uidMappings: z.optional(idMappings()),
    gidMappings: z.optional(idMappings()),
    sysctl: z.optional(sysctl()),
    cgroupsPath: optionalText(text()),
    resources: z.optional(resources()),
    rootfsPropagation: propagation(),
    seccomp: z.optional(seccomp()),
    namespaces: z.optional(namespaces()),
    maskedPaths: coveredPaths,
    readonlyPaths: coveredPaths,
    mountLabel: optionalText(text()),
    personality: z.optional(personality()),
    timeOffsets: z.optional(timeOffsets()),
    intelRdt: z.optional(presence()),
    netDevices: z.optional(presence()),
    memoryPolicy: z.optional(presence()),
  });
}
