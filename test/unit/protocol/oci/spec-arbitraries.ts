import * as fc from 'fast-check';
import { capabilityNames } from '../../../../protocol/oci/capability-names.ts';
import {
  capabilitySets,
  hookStages,
  rlimitTypes,
  type RuntimeSpec,
  seccompOperators,
  type SpecSeccomp,
} from '../../../../protocol/oci/runtime-spec.ts';

const optional = { requiredKeys: [] as [] };

const word = fc.string({ unit: 'binary', maxLength: 12 }).filter((text) => !text.includes('\0'));
const filledWord = word.filter((text) => text !== '');
const absolutePath = word.map((text) => `/${text}`);
const id = fc.integer({ min: 0, max: 2 ** 32 - 2 });
const uint32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const limit = fc.integer({ min: -1, max: Number.MAX_SAFE_INTEGER });
const variable = fc
  .tuple(fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,8}$/), word)
  .map((pair) => pair.join('='));
const uint64 = fc
  .bigInt({ min: 0n, max: 2n ** 64n - 1n })
  .map((value) => (value < 2n ** 53n ? Number(value) : value));

const mount = fc.record(
  {
    destination: absolutePath,
    type: filledWord,
    source: filledWord,
    options: fc.array(word, { maxLength: 4 }),
  },
  { requiredKeys: ['destination'] },
);

const rlimit = fc
  .tuple(fc.constantFrom(...rlimitTypes), fc.maxSafeNat(), fc.option(fc.maxSafeNat(), { nil: -1 }))
  .map(([type, soft, hard]) => ({ type, soft: hard === -1 ? soft : Math.min(soft, hard), hard }));

const capabilityList = fc.subarray([...capabilityNames]);
const capabilities = fc.record(
  Object.fromEntries(capabilitySets.map((set) => [set, capabilityList])) as Record<
    (typeof capabilitySets)[number],
    typeof capabilityList
  >,
  optional,
);

const specProcess = fc.record(
  {
    terminal: fc.boolean(),
    cwd: absolutePath,
    env: fc.array(variable, { maxLength: 5 }),
    args: fc.tuple(filledWord, fc.array(word, { maxLength: 4 })).map(([program, rest]) => [program, ...rest]),
    user: fc.record(
      { uid: id, gid: id, umask: fc.integer({ min: 0, max: 0o777 }), additionalGids: fc.array(id) },
      { requiredKeys: ['uid', 'gid'] },
    ),
    capabilities,
    rlimits: fc.uniqueArray(rlimit, { selector: ({ type }) => type }),
    noNewPrivileges: fc.boolean(),
    oomScoreAdj: fc.integer({ min: -1000, max: 1000 }),
    apparmorProfile: filledWord,
  },
  { requiredKeys: ['cwd', 'user'] },
);

const hook = fc.record(
  {
    path: absolutePath,
    args: fc.array(word),
    env: fc.array(variable),
    timeout: fc.integer({ min: 1, max: 1000 }),
  },
  { requiredKeys: ['path'] },
);
const hookList = fc.array(hook, { maxLength: 2 });
const hooks = fc.record(
  Object.fromEntries(hookStages.map((stage) => [stage, hookList])) as Record<
    (typeof hookStages)[number],
    typeof hookList
  >,
  optional,
);

const condition = fc.record(
  { index: fc.nat(5), value: uint64, valueTwo: uint64, op: fc.constantFrom(...seccompOperators) },
  { requiredKeys: ['index', 'value', 'op'] },
);
const seccomp: fc.Arbitrary<SpecSeccomp> = fc.record(
  {
    defaultAction: fc.constantFrom('SCMP_ACT_ERRNO' as const, 'SCMP_ACT_TRACE' as const),
    defaultErrnoRet: fc.nat(4095),
    architectures: fc.subarray(['SCMP_ARCH_X86_64', 'SCMP_ARCH_MIPS64N32']),
    syscalls: fc.array(
      fc.record(
        {
          names: fc.array(fc.stringMatching(/^[a-z0-9_]{1,12}$/), { minLength: 1, maxLength: 3 }),
          action: fc.constantFrom('SCMP_ACT_ALLOW' as const, 'SCMP_ACT_NOTIFY' as const),
          args: fc.array(condition, { maxLength: 3 }),
        },
        { requiredKeys: ['names', 'action'] },
      ),
      { maxLength: 4 },
    ),
  },
  { requiredKeys: ['defaultAction'] },
);

const device = fc.record(
  {
    path: absolutePath,
    type: fc.constantFrom('c' as const, 'b' as const, 'u' as const),
    major: fc.nat(0xfff),
    minor: fc.nat(0xfffff),
    fileMode: fc.nat(0o7777),
    uid: id,
  },
  { requiredKeys: ['path', 'type', 'major', 'minor'] },
);

const namespaceTypes = ['pid', 'network', 'mount', 'ipc', 'uts', 'user', 'cgroup', 'time'] as const;
const namespace = fc.record(
  { type: fc.constantFrom(...namespaceTypes), path: absolutePath },
  { requiredKeys: ['type'] },
);

const resources = fc.record(
  {
    memory: fc.record({ limit, reservation: limit, swap: limit, disableOOMKiller: fc.boolean() }, optional),
    cpu: fc.record(
      { shares: fc.maxSafeNat(), quota: fc.constantFrom(-1, 0, 1000), idle: fc.nat(1) },
      optional,
    ),
    pids: fc.record({ limit: fc.integer({ min: -1, max: 4_194_304 }) }),
    unified: fc.dictionary(fc.stringMatching(/^[a-z]{1,6}\.[a-z]{1,6}$/), word, { noNullPrototype: true }),
  },
  optional,
);

const linux = fc.record(
  {
    devices: fc.array(device, { maxLength: 3 }),
    uidMappings: fc.record({ containerID: uint32, hostID: uint32 }).map(({ containerID, hostID }) => {
      const size = Math.max(1, Math.min(1000, 2 ** 32 - 1 - Math.max(containerID, hostID)));
      return [
        { containerID: Math.min(containerID, 2 ** 32 - 2), hostID: Math.min(hostID, 2 ** 32 - 2), size },
      ];
    }),
    sysctl: fc.dictionary(fc.stringMatching(/^(net|kernel|vm)(\.[a-z0-9_]{1,6}){1,3}$/), word, {
      noNullPrototype: true,
    }),
    cgroupsPath: filledWord,
    resources,
    seccomp,
    namespaces: fc.uniqueArray(namespace, { selector: ({ type }) => type }),
    maskedPaths: fc.array(absolutePath, { maxLength: 3 }),
  },
  optional,
);

/** `__proto__` is the one key that a map loses. */
const annotationKey = filledWord.filter((key) => key !== '__proto__');

/** Valid configurations; what can be done of them is another question. */
export const arbitrarySpec: fc.Arbitrary<RuntimeSpec> = fc.record(
  {
    ociVersion: fc.constantFrom('1.0.0', '1.0.2-dev', '1.2.1+build.5'),
    root: fc.record({ path: filledWord, readonly: fc.boolean() }, { requiredKeys: ['path'] }),
    mounts: fc.array(mount, { maxLength: 4 }),
    process: specProcess,
    hostname: fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?$/),
    hooks,
    annotations: fc.dictionary(annotationKey, word, { noNullPrototype: true }),
    linux,
  },
  { requiredKeys: ['ociVersion'] },
);
