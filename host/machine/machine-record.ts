import * as z from 'zod';
import { healthStatuses } from '../../protocol/health.ts';
import { ReadyEvent } from '../../protocol/messages.ts';
import type { DomainDescription } from '../vm/domain-description.ts';
import type { MachineDescription } from '../vm/machine-description.ts';

/** `machine.json` in a machine's directory: what was asked for. Written once, before the machine's first start. */

export const RestartPolicy = z.discriminatedUnion('policy', [
  z.object({ policy: z.literal('no') }),
  /** After an exit code other than 0; at most `maxRetries` times in a row when given. */
  z.object({ policy: z.literal('on-failure'), maxRetries: z.int().min(1).optional() }),
  z.object({ policy: z.literal('always') }),
]);
export type RestartPolicy = z.infer<typeof RestartPolicy>;

/** A port of the host that leads to one of the guest. */
export const PortForward = z.object({
  protocol: z.enum(['tcp', 'udp']),
  /** The host's address to listen on; empty for every address. */
  hostAddress: z.string(),
  hostPort: z.int().min(1).max(65535),
  guestPort: z.int().min(1).max(65535),
});
export type PortForward = z.infer<typeof PortForward>;

/** A program that serves the machine and lives as long as it: virtiofsd. It is started first. */
export const HelperProgram = z.object({
  program: z.string(),
  args: z.array(z.string()),
  /** The socket whose appearance says that it is ready. */
  socketPath: z.string(),
});
export type HelperProgram = z.infer<typeof HelperProgram>;

export const machineNamePattern = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,62}$/;

export const MachineRecord = z.object({
  version: z.literal(1),
  /** 16 hex digits, the directory's name. */
  id: z.string(),
  name: z.string().regex(machineNamePattern),
  createdMs: z.number(),
  /** As the user wrote it. */
  image: z.string(),
  /** What the workload runs, for people. */
  command: z.array(z.string()),
  description: z.custom<MachineDescription | DomainDescription>(
    (value) => typeof value === 'object' && value !== null,
  ),
  /** Of a machine of QEMU. */
  qemuPath: z.string().optional(),
  /** Of a guest of Xen: the toolstack and the backend of its second console. */
  xen: z.object({ xlPath: z.string(), consolePath: z.string() }).optional(),
  helpers: z.array(HelperProgram),
  ports: z.array(PortForward),
  /** Host paths and where they are in the guest, for people. */
  volumes: z.array(z.object({ source: z.string(), destination: z.string(), readonly: z.boolean() })),
  restart: RestartPolicy,
  /** The directory goes when the machine has ended and the last client has left. */
  autoRemove: z.boolean(),
  terminal: z.boolean(),
  stdin: z.boolean(),
  /** The end of the first attached client's input is the end of the workload's. */
  stdinOnce: z.boolean(),
  /** The log is rotated at this size; so many files are kept. */
  log: z.object({ maxBytes: z.int().min(1), files: z.int().min(1) }),
  labels: z.record(z.string(), z.string()),
});
export type MachineRecord = z.infer<typeof MachineRecord>;

/** How a machine ended for good. */
export const MachineExit = z.object({
  code: z.int().min(0).max(255),
  signal: z.int().optional(),
  /** `failed`: Firstborn, in the guest or here. `killed`: the machine's power was taken away. */
  reason: z.enum(['exited', 'signaled', 'oom', 'not-started', 'failed', 'killed']),
  message: z.string().optional(),
});
export type MachineExit = z.infer<typeof MachineExit>;

/** What the guest last said of the workload's health. It says so when the status changes, so a streak may be longer by now. */
export const MachineHealth = z.object({
  status: z.enum(healthStatuses),
  /** Failures in a row, those of the start period aside. */
  failingStreak: z.int().min(0),
  /** Of the check that led to it. Absent before the first one, and of one that did not end in time. */
  exitCode: z.int().min(0).max(255).optional(),
  /** What it printed, or why it could not be run; at most 4096 characters. */
  output: z.string().optional(),
  /** When the guest said so. */
  unixMs: z.number(),
});
export type MachineHealth = z.infer<typeof MachineHealth>;

/** A process that can be told from a later one with the same number: pid and start time (proc(5), field 22). */
export const ProcessIdentity = z.object({ pid: z.int().min(1), startTicks: z.string() });
export type ProcessIdentity = z.infer<typeof ProcessIdentity>;

/**
 * `status.json`: what has become of it. Replaced as a whole (rename) by the monitor alone, so that a reader without a
 * monitor to ask sees the last known state.
 */
export const MachineStatus = z.object({
  version: z.literal(1),
  state: z.enum(['created', 'starting', 'running', 'stopping', 'restarting', 'exited']),
  monitor: ProcessIdentity.nullable(),
  vm: ProcessIdentity.nullable(),
  helpers: z.array(ProcessIdentity),
  /** Of the machine that runs now, to know it again. */
  bootId: z.string().nullable(),
  /** Events up to this number are in `events.jsonl`. */
  acknowledged: z.int().min(0),
  startedMs: z.number().nullable(),
  finishedMs: z.number().nullable(),
  restarts: z.int().min(0),
  ready: z.nullable(ReadyEvent),
  /** Of this boot's workload, or of the last one's; null when it is not checked. */
  health: MachineHealth.nullable().default(null),
  exit: MachineExit.nullable(),
});
export type MachineStatus = z.infer<typeof MachineStatus>;
