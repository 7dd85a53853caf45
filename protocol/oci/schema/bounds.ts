/**
 * How much a runtime-spec configuration may hold. The text as a whole is bounded by `maxConfigFileBytes`; these keep
 * a small text from asking for much work.
 */

/** Bytes of a path, without the NUL at its end: PATH_MAX of the kernel. */
export const maxPathBytes = 4095;
/** Bytes of a word of argv or of the environment: MAX_ARG_STRLEN of the kernel, without the NUL at its end. */
export const maxWordBytes = 128 * 1024 - 1;
/** Words of argv, and variables of an environment. */
export const maxWords = 4096;
export const maxMounts = 1024;
/** Options of one mount. */
export const maxMountOptions = 256;
export const maxAdditionalGroups = 4096;
/** Lines of a uid_map or gid_map: UID_GID_MAP_MAX_EXTENTS of the kernel (user_namespaces(7)). */
export const maxIdMappings = 340;
/** Hooks of one stage. */
export const maxHooks = 64;
/** What a timer can count in milliseconds. */
export const maxHookTimeoutSeconds = 2_147_483;
export const maxDevices = 4096;
/** Rules of the device program, which is compiled and verified at every start. */
export const maxDeviceRules = 1024;
/** Devices of a throttle or a weight, pages of a size, names in a list: whatever is few in practice. */
export const maxSmallList = 256;
export const maxSysctls = 1024;
/** Masked paths, and read-only ones. */
export const maxCoveredPaths = 1024;
export const maxAnnotations = 4096;
/** Rules of a seccomp profile, and names and conditions of one rule. */
export const maxSyscallRules = 4096;
export const maxSyscallNames = 1024;
export const maxSyscallArguments = 64;
/** Bytes of a value that goes into a file of /proc/sys or of a cgroup. */
export const maxKernelValueBytes = 4095;
