import type { Duplex } from 'node:stream';
import type { FirstbornError } from '../../protocol/errors.ts';
import type { ConnectOptions } from '../channel/unix-transport.ts';
import type { ProcessEnd } from './detached-process.ts';
import type { MachineDeadlines } from './machine.ts';
import type { ProcessIdentity } from './machine-record.ts';

/** A virtual machine that runs, by the process that ends with it. Both survive this process. */
export interface VmProcess {
  readonly identity: ProcessIdentity;
  /** Resolves when the virtual machine is gone. */
  readonly ended: Promise<ProcessEnd>;
  /** Takes the power away. The end follows. */
  kill(): void;
}

/** What one boot of a machine needs of a virtual machine monitor. */
export interface Vmm {
  /** Where it needs other times than usual. */
  readonly deadlines?: Partial<MachineDeadlines>;
  /** Starts the virtual machine. Throws a FirstbornError of code `vm`; then nothing runs. */
  start(): Promise<VmProcess>;
  /** Watches one that an earlier process has started; its guest has opened the channel before, or not yet. */
  adopt(identity: ProcessIdentity, progress: { wasOpened: boolean }): VmProcess;
  /**
   * Connects to the channel, again and again over the life of the machine. The caller destroys what it gets. Throws a
   * FirstbornError, and the signal's reason when aborted.
   */
  connect(options: ConnectOptions): Promise<Duplex>;
  /** Says of a virtual machine that ended before its guest had said how, what is known. Never throws. */
  endWithoutWord(end: ProcessEnd): Promise<FirstbornError>;
  /** Takes away what a virtual machine may have left whose process died unseen. Never throws. */
  tidyUp(): Promise<void>;
}
