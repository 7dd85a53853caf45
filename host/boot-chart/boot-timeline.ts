import * as z from 'zod';
import { maxBootSteps } from '../../protocol/limits.ts';
import { BootStep } from '../../protocol/messages.ts';

/** A step of the host. Start and end are the same for what takes no time of its own. */
export const HostStep = z.object({ name: z.string(), startMs: z.number(), endMs: z.number() });
export type HostStep = z.infer<typeof HostStep>;

/** The host's part of a boot. */
export const HostTimeline = z.object({
  /**
   * What the times count from: the kernel's start, as the guest's do, or the start of the machine, where the guest's
   * clock and the host's don't fit together.
   */
  since: z.enum(['kernel', 'start']),
  steps: z.array(HostStep).max(maxBootSteps),
});
export type HostTimeline = z.infer<typeof HostTimeline>;

/** Where the time of one boot went: what `boot-chart --json` prints. Times are milliseconds since the kernel started. */
export const BootTimeline = z.object({
  version: z.literal(1),
  machine: z.object({
    id: z.string(),
    name: z.string(),
    /** As the user wrote it. */
    image: z.string().optional(),
    /** The kernel's release. */
    kernel: z.string(),
    /** QEMU's board. */
    board: z.string().optional(),
    accelerator: z.string().optional(),
    cpus: z.number().optional(),
    memoryMiB: z.number().optional(),
  }),
  /** When the workload's exec had happened. */
  workloadMs: z.number(),
  /** When the guest said that it was ready. */
  readyMs: z.number(),
  /** The guest's steps, by their start; those within another one come behind it. */
  steps: z.array(BootStep).max(maxBootSteps),
  /** Absent when the monitor that booted the machine did not live to tell. */
  host: HostTimeline.optional(),
});
export type BootTimeline = z.infer<typeof BootTimeline>;

/** When what happened at the host, in milliseconds since 1970; recorded by the monitor with the guest's timeline. */
export const HostTimes = z.object({
  /** Somebody asked for the start. */
  startUnixMs: z.number(),
  /** The virtual machine monitor ran; its helpers did before. */
  vmUnixMs: z.number(),
  /** The guest answered on the channel for the first time. */
  openedUnixMs: z.number(),
  /** The guest said that it was ready. */
  readyUnixMs: z.number(),
});
export type HostTimes = z.infer<typeof HostTimes>;

/** What the monitor adds to the guest's event `boot-timeline`. */
export const BootTimelineAddition = z.object({
  host: HostTimes.optional(),
  board: z.string().optional(),
  accelerator: z.string().optional(),
  cpus: z.number().optional(),
  memoryMiB: z.number().optional(),
});
export type BootTimelineAddition = z.infer<typeof BootTimelineAddition>;
