import { FirstbornError } from '../../protocol/errors.ts';
import { QemuVmm } from '../machine/qemu-vmm.ts';
import type { Vmm } from '../machine/vmm.ts';
import { isDomain } from '../vm/domain-description.ts';
import { qemuCommand } from '../vm/qemu-command.ts';
import { XenVmm } from '../xen/xen-vmm.ts';
import type { MonitorContext } from './monitor-context.ts';

/** What runs one boot of the machine, by its record. Throws a FirstbornError of code `host` for a record that names nothing. */
export function machineVmm({
  record,
  directory,
  keeper,
}: Pick<MonitorContext, 'record' | 'directory' | 'keeper'>): Vmm {
  const { description, qemuPath, xen } = record;
  const { vmLogPath, consoleLogPath } = directory;
  if (isDomain(description)) {
    if (xen === undefined) throw incomplete(directory.recordPath);
    return new XenVmm({
      description,
      programs: xen,
      vmLogPath,
      consoleLogPath,
      helpers: () => keeper.status.helpers,
      helperStarted: (identity) => keeper.update({ helpers: [...keeper.status.helpers, identity] }),
    });
  }
  if (qemuPath === undefined) throw incomplete(directory.recordPath);
  return new QemuVmm({
    command: { ...qemuCommand(description), program: qemuPath },
    channelSocketPath: description.channelSocketPath,
    vmLogPath,
  });
}

function incomplete(path: string): FirstbornError {
  return new FirstbornError('host', `Cannot tell from "${path}" what is to run the machine`);
}
