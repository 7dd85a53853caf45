/**
 * Every bound of the contract, with its unit in its name. Both sides enforce them; `docs/protocol.md`
 * repeats them for readers.
 */

/** Payload of one frame. The virtio console driver moves at most 32 KiB per write. */
export const maxFramePayloadBytes = 32 * 1024;
/** Workload bytes in one data frame; the rest of the payload is the stream offset. */
export const maxStreamChunkBytes = maxFramePayloadBytes - 8;
/**
 * How far a sender may run ahead of its receiver on one stream, and what the sender keeps of it for a new
 * session. They are the same, so what a receiver has not taken can always be sent again.
 */
export const streamWindowBytes = 128 * 1024;
/** Bytes of frames that wait for the transport before a producer must pause. */
export const maxQueuedFrameBytes = 512 * 1024;
/** Events the guest keeps until the host acknowledges them. Exits and faults are never dropped. */
export const maxRetainedEvents = 256;
/** Steps that a `boot-timeline` event has at most, with names of at most so many characters: all fit into one frame. */
export const maxBootSteps = 200;
export const maxBootStepNameLength = 64;
/** Execs that may run at once, and those that have ended but still have output to send. */
export const maxExecSessions = 128;
/** Copies of files that may be under way at once. */
export const maxFileTransfers = 8;
/** Processes in one reply; the next request goes on behind the last. */
export const maxProcessesPerReply = 64;
/** Characters of a command line, a path or a name in a process report. */
export const maxProcessTextLength = 256;
/** The shortest and longest time between two metric samples. */
export const minSampleIntervalMs = 100;
export const maxSampleIntervalMs = 60 * 60 * 1000;
/** Bytes of entropy in one request. */
export const maxEntropyBytes = 512;
/** A guest whose clock is off by no more than this is left alone. */
export const clockToleranceMs = 100;
/** How often a host compares the clocks. */
export const clockIntervalMs = 30_000;
/** How often a host says that it is there; on a console nothing else would. */
export const heartbeatIntervalMs = 5_000;
/** A frozen guest thaws by itself after this time unless the request says otherwise. */
export const defaultFreezeMs = 60_000;
/** Rows and columns of a terminal. */
export const maxTerminalSize = 0xffff;

/** For a terminal that nobody says the size of: what they all had before they had windows. */
export const usualTerminalSize = { rows: 24, columns: 80 } as const;

/** Requests that one session may have open. */
export const maxOpenRequests = 64;
/** A request without a deadline of its own gets this one. */
export const defaultRequestDeadlineMs = 10_000;

/** launch.json and image/config.json. */
export const maxConfigFileBytes = 1024 * 1024;
/** Entries of argv, of the environment, of any other list in a config. */
export const maxListEntries = 4096;
/** One string in a config: the kernel's MAX_ARG_STRLEN. */
export const maxStringBytes = 128 * 1024;
/** /etc/passwd and /etc/group of an image. */
export const maxUserDatabaseBytes = 4 * 1024 * 1024;

/** How long a container may take between the stop signal and the kill. */
export const defaultStopGraceMs = 10_000;
export const maxStopGraceMs = 24 * 60 * 60 * 1000;
/** Interval, timeout and start period of a health check: what a timer can hold, some 24 days. */
export const maxHealthTimeMs = 2 ** 31 - 1;
/** What is kept of the output of a health check. */
export const maxHealthOutputBytes = 4096;
/** How long an exited process's open pipe may delay its exit report (a grandchild can hold it for ever). */
export const outputDrainMs = 500;
/** How long the guest waits at power-off for the host to acknowledge the last events. */
export const exitAcknowledgeMs = 5_000;
/**
 * A host that has left the port for this long counts as away: a workload no longer waits for it, and only the
 * last window of its output is kept.
 */
export const hostAbsenceMs = 5_000;
/** The same for a host that is still connected but says nothing, or takes nothing. */
export const hostSilenceMs = 15_000;
/** How long disks and the channel may take to appear. */
export const deviceDeadlineMs = 15_000;
