import * as z from 'zod/mini';
import { AbsolutePath, CString, CStrings } from './fields.ts';
import { lazySchema } from './lazy-schema.ts';
import { maxListEntries } from './limits.ts';
import { type CapabilityName, capabilityNames } from './oci/capability-names.ts';
import { rlimitTypes } from './oci/runtime-spec.ts';

/** Bytes of shared memory that a container may ask for, a bound of sense only. */
const maxShmBytes = 2 ** 50;

/** A name below /proc/sys, with dots or slashes between its parts; none of them leads upwards. */
export const sysctlNamePattern = /^[A-Za-z0-9_:-]+([./][A-Za-z0-9_:-]+)+$/;

/** What docker-run(1) has in `--device`: any of read, write and mknod. */
export const deviceAccessPattern = /^(?=[rwm]{1,3}$)(?!.*(.).*\1)/;

function softIsWithinHard({ soft, hard }: { soft: number; hard: number }): boolean {
  return hard === -1 || (soft !== -1 && soft <= hard);
}

/** `launch.json`'s `container`: how its process is kept in, beside what the image says. Everything may be absent. */
export const ContainerConfig = lazySchema(() => {
  const known: ReadonlySet<unknown> = new Set(['ALL', ...capabilityNames]);
  const Capability = z.custom<CapabilityName | 'ALL'>(
    (name) => known.has(name),
    'expected "ALL" or a capability such as "CAP_CHOWN"',
  );
  const Capabilities = z.optional(z.array(Capability).check(z.maxLength(capabilityNames.length + 1)));
  /** -1 is "no limit". */
  const Limit = z.int().check(z.minimum(-1));
  const Rlimit = z
    .strictObject({ type: z.enum(rlimitTypes), soft: Limit, hard: Limit })
    .check(
      z.refine(softIsWithinHard, { error: 'expected a soft limit within the hard one', path: ['soft'] }),
    );
  const Device = z.strictObject({
    /** A device of the guest, or a directory of its /dev with all that is in it. */
    path: AbsolutePath,
    /** Where the container has it; at the same place when absent. */
    destination: z.optional(AbsolutePath),
    /** What it may do with it; `rwm` when absent. */
    access: z.optional(
      z.string().check(z.regex(deviceAccessPattern, 'expected some of "r", "w" and "m", each once')),
    ),
  });
  return z.strictObject({
    /** All capabilities and devices, nothing masked, /sys and the cgroups writable, no system call filter. */
    privileged: z.optional(z.boolean()),
    capAdd: Capabilities,
    capDrop: Capabilities,
    /** `default` when absent, `unconfined` for a privileged one; or a profile beside launch.json on the config disk. */
    seccomp: z.optional(
      z.union(
        [
          z.enum(['default', 'unconfined']),
          z.strictObject({
            file: z.string().check(z.regex(/^(?!\.)[A-Za-z0-9._-]{1,64}$/, 'expected the name of a file')),
          }),
        ],
        'expected "default", "unconfined" or a file',
      ),
    ),
    noNewPrivileges: z.optional(z.boolean()),
    readonlyRoot: z.optional(z.boolean()),
    rlimits: z.optional(z.array(Rlimit).check(z.maxLength(64))),
    sysctl: z.optional(
      z.record(z.string().check(z.regex(sysctlNamePattern, 'expected a name below /proc/sys')), CString),
    ),
    devices: z.optional(z.array(Device).check(z.maxLength(256))),
    /** Groups by name or number, beside those that the user has. */
    groupAdd: z.optional(CStrings),
    shmSizeBytes: z.optional(z.int().check(z.minimum(4096), z.maximum(maxShmBytes))),
    /** A small first process that passes signals on and reaps. */
    init: z.optional(z.boolean()),
    /** `private`: a user namespace of its own, in which every id stands for itself. */
    userns: z.optional(z.enum(['host', 'private'])),
    domainname: z.optional(CString.check(z.minLength(1), z.maxLength(64))),
    annotations: z.optional(
      z
        .record(CString.check(z.minLength(1)), CString)
        .check(z.refine((map) => Object.keys(map).length <= maxListEntries, 'expected fewer annotations')),
    ),
    oomScoreAdj: z.optional(z.int().check(z.minimum(-1000), z.maximum(1000))),
    umask: z.optional(z.int().check(z.minimum(0), z.maximum(0o777))),
  });
});
export type ContainerConfig = z.infer<typeof ContainerConfig>;
