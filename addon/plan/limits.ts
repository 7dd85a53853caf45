/** Bounds of a plan. `plan_format.h` holds the same numbers; a unit test compares the two. */

/** Operations in one plan. */
export const maxOperations = 65_536;
/** The whole plan: room for an argv and an environment of the kernel's largest size. */
export const maxPlanBytes = 16 * 1024 * 1024;
/** Strings in one list: argv, environment, candidates, each. */
export const maxListEntries = 4096;
/** Supplementary groups in one `setGroups`; the kernel itself allows more. */
export const maxGroups = 4096;
/** Descriptors that a plan can hold by slot: one for each mount that a container may be given, and more. */
export const slotCount = 128;
/** Instructions of one seccomp filter: the kernel's own bound, BPF_MAXINSNS. */
export const maxSeccompInstructions = 4096;
/** Instructions of one device program; the kernel's verifier has bounds of its own. */
export const maxDeviceInstructions = 65_536;
/** A CPU mask: 8192 CPUs, the most that any kernel is built for. */
export const maxCpuMaskBytes = 1024;
/** How long `linkDisk` may wait. */
export const maxDiskWaitMs = 60_000;
/** Errno values that one operation may count as success. */
export const maxAcceptedErrnos = 4;
