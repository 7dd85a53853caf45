import type { MachineInfo, MachineState } from '../../../../../host/client/index.ts';

type Changes = Partial<MachineInfo['record']> & {
  status?: Partial<MachineInfo['status']>;
  state?: MachineState;
};

/** A machine as `firstborn ps` gets it, up unless said otherwise. */
export function machineInfo({ status = {}, state = 'running', ...record }: Changes = {}): MachineInfo {
  const id = record.id ?? '0123456789abcdef';
  return {
    state,
    directory: `/state/machines/${id}`,
    status: {
      version: 1,
      state: state === 'lost' || state === 'dead' ? 'running' : state,
      monitor: null,
      vm: null,
      helpers: [],
      bootId: null,
      acknowledged: 0,
      startedMs: null,
      finishedMs: null,
      restarts: 0,
      ready: null,
      health: null,
      exit: null,
      ...status,
    },
    record: {
      version: 1,
      id,
      name: 'web',
      createdMs: 0,
      image: 'layout:web',
      command: ['sleep', '1000'],
      description: {} as MachineInfo['record']['description'],
      qemuPath: 'qemu',
      helpers: [],
      ports: [],
      volumes: [],
      restart: { policy: 'no' },
      autoRemove: false,
      terminal: false,
      stdin: false,
      stdinOnce: false,
      log: { maxBytes: 1, files: 1 },
      labels: {},
      ...record,
    },
  };
}
