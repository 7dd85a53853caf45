import { resolve } from 'node:path';
import { FirstbornError } from '../../protocol/errors.ts';
import type { VariableMap } from '../launch/environment.ts';
import { defaultWorkload, type WorkloadOptions } from '../launch/launch-config.ts';
import {
  defaultMachineSettings,
  type MachineSettings,
  maxCpus,
  type XenSettings,
} from '../launch/machine-settings.ts';
import { minimumMemoryMiB } from '../launch/memory-size.ts';
import type { MountRequest } from '../launch/mounts.ts';
import type { PortRequest } from '../launch/port-option.ts';
import { runtimePlaces } from '../launch/runtime-place.ts';
import type { MachineRecord, RestartPolicy } from '../machine/machine-record.ts';
import type { MachineRequest } from '../preparation/prepared-machine.ts';
import type { AcceleratorWish } from '../vm/accelerator.ts';
import { xenTypes } from '../vm/domain-description.ts';
import type { Architecture } from '../vm/machine-description.ts';

/** A workload as a caller writes it; what is absent is the image's word. */
export type WorkloadRequest = Omit<Partial<WorkloadOptions>, 'env'> & {
  env?: VariableMap | Readonly<Record<string, string>>;
};

/** What to make a machine of. Only `image` or `bundle` is needed. */
export interface CreateRequest extends Partial<MachineSettings> {
  /** A layout, archive, root file system directory or tar, as `firstborn run` takes it. */
  image?: string;
  /** In place of an image: a directory with a config.json and a root file system (runtime-spec, bundle.md). */
  bundle?: string;
  /** A config.json, which says everything of the container, whatever the image says. */
  config?: string;
  /** Unique among the machines of a state directory; two words are made up when absent. */
  name?: string;
  workload?: WorkloadRequest;
  /** KVM only where a guest provably boots on it when absent. */
  accelerator?: AcceleratorWish;
  /** In order; a later one may lie inside an earlier one. */
  mounts?: readonly MountRequest[];
  /** Ports of the host that lead to the guest; a `hostPort` of 0 is any free one. */
  ports?: readonly PortRequest[];
  /** `no` when absent. */
  restart?: RestartPolicy;
  /** The machine removes itself, logs included, once it has ended for good and the last client has left. */
  autoRemove?: boolean;
  /** The end of the first attached client's input is the end of the workload's. */
  stdinOnce?: boolean;
  labels?: Readonly<Record<string, string>>;
  /** When the workload's log is rotated, and how many files of it are kept. */
  log?: Partial<MachineRecord['log']>;
}

const maxMemoryMiB = 16 * 1024 * 1024;
const defaultLog = { maxBytes: 16 * 1024 * 1024, files: 4 };

function checkNumber(what: string, value: number, min: number, max: number): void {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return;
  throw new FirstbornError(
    'usage',
    `Cannot create a machine with ${what} "${value}": expected ${min} to ${max}`,
  );
}

function checkChoice(what: string, value: string, choices: readonly string[]): void {
  if (choices.includes(value)) return;
  throw new FirstbornError(
    'usage',
    `Cannot create a machine with ${what} "${value}": expected ${choices.join(' or ')}`,
  );
}

/** The image, or the bundle in its place. Throws a FirstbornError of code `usage` without either, and for both. */
export function imageOf({ image, bundle, config }: CreateRequest): string {
  const text = bundle === undefined ? image : resolve(bundle);
  const isDouble = bundle !== undefined && (image !== undefined || config !== undefined);
  if (text !== undefined && text !== '' && !isDouble) return text;
  throw new FirstbornError(
    'usage',
    isDouble
      ? 'Cannot create a machine of a bundle with an image or a configuration beside it'
      : 'Cannot create a machine without an image or a bundle',
  );
}

/** The request with everything that it leaves open filled in, but for `runtime`, which has to be read. Throws a FirstbornError of code `usage`. */
export function machineRequest(request: CreateRequest, architecture: Architecture): MachineRequest {
  const { env = {}, ...workload } = request.workload ?? {};
  const settings = defaultMachineSettings(architecture);
  const complete: MachineRequest = {
    ...settings,
    // QEMU's own network is nobody else's.
    ...(request.xen === undefined ? {} : { network: { mode: 'none', addresses: [], dns: [] } }),
    ...pickDefined(request, Object.keys(settings) as (keyof MachineSettings)[]),
    image: imageOf(request),
    workload: {
      ...defaultWorkload(),
      ...workload,
      env: env instanceof Map ? env : new Map(Object.entries(env)),
    },
    architecture,
    accelerator: request.accelerator ?? 'auto',
    mounts: request.mounts ?? [],
    ports: request.ports ?? [],
    runtime: undefined,
  };
  checkNumber('cpus', complete.cpus, 1, maxCpus);
  checkChoice('runtimePlace', complete.runtimePlace, runtimePlaces);
  if (complete.xen !== undefined) checkXen(complete.xen);
  checkNumber('memoryMiB', complete.memoryMiB, minimumMemoryMiB(complete), maxMemoryMiB);
  if (request.autoRemove === true && (request.restart?.policy ?? 'no') !== 'no') {
    throw new FirstbornError('usage', 'Cannot restart a machine that removes itself');
  }
  return complete;
}

function checkXen({ type, maxCpus: cpus, maxMemoryMiB: memoryMiB }: XenSettings): void {
  checkChoice('xen.type', type, xenTypes);
  if (cpus !== undefined) checkNumber('xen.maxCpus', cpus, 1, maxCpus);
  if (memoryMiB !== undefined) checkNumber('xen.maxMemoryMiB', memoryMiB, 1, maxMemoryMiB);
}

function pickDefined<Value extends object, Key extends keyof Value>(
  value: Value,
  keys: readonly Key[],
): Partial<Pick<Value, Key>> {
  const picked: Partial<Pick<Value, Key>> = {};
  for (const key of keys) if (value[key] !== undefined) picked[key] = value[key];
  return picked;
}

/** The parts of a machine's record that come from the request alone. */
export function recordedWishes(
  request: CreateRequest,
): Pick<
  MachineRecord,
  'image' | 'restart' | 'autoRemove' | 'terminal' | 'stdin' | 'stdinOnce' | 'log' | 'labels'
> {
  return {
    image: imageOf(request),
    restart: request.restart ?? { policy: 'no' },
    autoRemove: request.autoRemove ?? false,
    terminal: request.workload?.terminal !== undefined,
    stdin: request.workload?.stdin ?? false,
    stdinOnce: request.stdinOnce ?? false,
    log: { ...defaultLog, ...request.log },
    labels: { ...request.labels },
  };
}
