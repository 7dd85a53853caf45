/** The library: create, run and reach into machines. See docs/client.md. */
export { FirstbornError, describeError, type ErrorCode } from '../../protocol/errors.ts';
export type {
  BootStep,
  Event,
  FileStat,
  Metrics,
  ProcessMetrics,
  ReadyEvent,
  TerminalSize,
  TransferSummary,
} from '../../protocol/messages.ts';
export type { BootTimeline, HostStep, HostTimeline } from '../boot-chart/boot-timeline.ts';
export type {
  MachineExit,
  MachineHealth,
  MachineRecord,
  MachineStatus,
  RestartPolicy,
} from '../machine/machine-record.ts';
export type { ProcessExit } from '../monitor/api.ts';
export type { Progress } from '../preparation/progress.ts';
export type { CreateOptions } from './create-machine.ts';
export type { CreateRequest, WorkloadRequest } from './create-request.ts';
export { Firstborn, type FirstbornOptions } from './firstborn.ts';
export { RequestRefusal } from './request-refusal.ts';
export type * from './types.ts';
