/**
 * Every bound of the contract, with its unit in its name. Both sides enforce them; `docs/protocol.md`
 * repeats them for readers.
 */

/** Payload of one frame. The virtio console driver moves at most 32 KiB per write. */
export const maxFramePayloadBytes = 32 * 1024;
/** Workload bytes in one data frame; the rest of the payload is the stream offset. */
export const maxStreamChunkBytes = maxFramePayloadBytes - 8;
/** How far a sender may run ahead of its receiver on one stream. */
export const streamWindowBytes = 256 * 1024;
/** Bytes of frames that wait for the transport before a producer must pause. */
export const maxQueuedFrameBytes = 512 * 1024;
/** Events the guest keeps until the host acknowledges them. Exits and faults are never dropped. */
export const maxRetainedEvents = 256;
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
/** How long an exited process's open pipe may delay its exit report (a grandchild can hold it for ever). */
export const outputDrainMs = 500;
/** How long the guest waits at power-off for the host to acknowledge the last events. */
export const exitAcknowledgeMs = 5_000;
/** A host that has been away from the port for this long is not waited for with an ended workload's output. */
export const hostAbsenceMs = 5_000;
/** How long disks and the channel may take to appear. */
export const deviceDeadlineMs = 15_000;
