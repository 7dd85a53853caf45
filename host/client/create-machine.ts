import { appendFile } from 'node:fs/promises';
import type { Artefacts } from '../artefacts.ts';
import { workloadOfRuntime } from '../launch/runtime-workload.ts';
import { workloadCommand } from '../launch/workload-command.ts';
import { MachineDirectory } from '../machine/machine-directory.ts';
import { newStatus, writeRecord, writeStatus } from '../machine/machine-files.ts';
import { releaseName } from '../machine/machine-name.ts';
import type { MachineRecord } from '../machine/machine-record.ts';
import { removeUnfinishedMachines } from '../machine/unfinished-machines.ts';
import {
  type MachineRequest,
  type PreparedMachine,
  prepareMachine,
} from '../preparation/prepared-machine.ts';
import { readRuntimeSource } from '../preparation/runtime-source.ts';
import type { OnProgress } from '../preparation/progress.ts';
import type { StateDirectory } from '../state-directory.ts';
import type { Architecture } from '../vm/machine-description.ts';
import { type CreateRequest, machineRequest, recordedWishes } from './create-request.ts';
import type { MachineNames } from './machine-names.ts';
import type { Cancellable, RecordedEvent } from './types.ts';

export interface CreateOptions extends Cancellable {
  /** Called often while the machine is prepared. */
  onProgress?: OnProgress;
  /** Called once with what was found and made, before the machine can be started. */
  onPrepared?: (prepared: PreparedMachine) => void;
}

export interface CreationPlaces {
  state: StateDirectory;
  artefacts: Artefacts;
  names: MachineNames;
  architecture: Architecture;
}

/**
 * Makes a machine: its name, its disks and its files, in a directory of its own. It is a machine once its
 * status is written, which comes last; a failure before that leaves nothing behind. Throws FirstbornErrors, and
 * the signal's reason when aborted.
 */
export async function createMachine(
  request: CreateRequest,
  places: CreationPlaces,
  options: CreateOptions = {},
): Promise<MachineRecord> {
  const { state, names } = places;
  const wanted = await withRuntime(machineRequest(request, places.architecture), request);
  const signal = options.signal ?? new AbortController().signal;
  signal.throwIfAborted();
  const startMs = performance.now();
  await removeUnfinishedMachines(state.machinesDir);
  const directory = await MachineDirectory.create(state.machinesDir);
  let name: string | undefined;
  try {
    name = await names.reserve(request.name, directory.id);
    const { onProgress } = options;
    const prepared = await prepareMachine(
      wanted,
      { directory, state, artefacts: places.artefacts },
      { signal, ...(onProgress === undefined ? {} : { onProgress }) },
    );
    const record: MachineRecord = {
      version: 1,
      id: directory.id,
      name,
      createdMs: Date.now(),
      ...recordedWishes(request),
      terminal: wanted.workload.terminal !== undefined,
      command:
        wanted.runtime === undefined
          ? workloadCommand(wanted.workload, prepared.disks.imageConfig)
          : [...(wanted.runtime.spec.process?.args ?? [])],
      description: prepared.description,
      ...(prepared.qemuPath === undefined ? {} : { qemuPath: prepared.qemuPath }),
      ...(prepared.xen === undefined ? {} : { xen: prepared.xen }),
      helpers: prepared.helpers,
      ports: prepared.ports,
      volumes: prepared.volumes,
    };
    options.onPrepared?.(prepared);
    signal.throwIfAborted();
    await writeMachine(directory, record, Math.round(performance.now() - startMs));
    return record;
  } catch (error) {
    await directory.remove();
    if (name !== undefined) await releaseName(directory, name);
    throw error;
  }
}

/** Reads the configuration that was asked for; the workload is then what that says. */
async function withRuntime(wanted: MachineRequest, request: CreateRequest): Promise<MachineRequest> {
  const runtime = await readRuntimeSource(request);
  if (runtime === undefined) return wanted;
  return { ...wanted, runtime, workload: workloadOfRuntime(wanted.workload, runtime.spec) };
}

async function writeMachine(
  directory: MachineDirectory,
  record: MachineRecord,
  preparationMs: number,
): Promise<void> {
  const event: RecordedEvent = {
    unixMs: record.createdMs,
    machine: { id: record.id, name: record.name },
    event: { event: 'created', image: record.image, preparationMs },
  };
  writeRecord(directory, record);
  await appendFile(directory.eventsPath, `${JSON.stringify(event)}\n`, { mode: 0o600 });
  writeStatus(directory, newStatus());
}
