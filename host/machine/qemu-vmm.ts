import { rm } from 'node:fs/promises';
import type { Duplex } from 'node:stream';
import type { FirstbornError } from '../../protocol/errors.ts';
import { type ConnectOptions, connectUnix } from '../channel/unix-transport.ts';
import type { CommandLine } from '../vm/machine-description.ts';
import { DetachedProcess, type ProcessEnd } from './detached-process.ts';
import type { ProcessIdentity } from './machine-record.ts';
import { endWithoutWord } from './vm-log.ts';
import type { Vmm, VmProcess } from './vmm.ts';

export interface QemuVmmOptions {
  command: CommandLine;
  /** Where QEMU listens. */
  channelSocketPath: string;
  /** What QEMU prints is appended here. */
  vmLogPath: string;
}

/** A machine of QEMU: one process, whose end is the machine's, and a socket that is the channel. */
export class QemuVmm implements Vmm {
  readonly #options: QemuVmmOptions;

  constructor(options: QemuVmmOptions) {
    this.#options = options;
  }

  async start(): Promise<VmProcess> {
    const { command, channelSocketPath, vmLogPath } = this.#options;
    // The socket of an earlier boot would look like this one's.
    await rm(channelSocketPath, { force: true });
    return await DetachedProcess.start(command, vmLogPath);
  }

  adopt(identity: ProcessIdentity): VmProcess {
    return DetachedProcess.adopt(identity);
  }

  async connect(options: ConnectOptions): Promise<Duplex> {
    return await connectUnix(this.#options.channelSocketPath, options);
  }

  async endWithoutWord(end: ProcessEnd): Promise<FirstbornError> {
    return await endWithoutWord(end, this.#options.vmLogPath);
  }

  async tidyUp(): Promise<void> {
    // QEMU leaves nothing that runs.
  }
}
