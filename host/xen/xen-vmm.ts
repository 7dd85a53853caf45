import { readFile, stat } from 'node:fs/promises';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { FirstbornError } from '../../protocol/errors.ts';
import type { ConnectOptions } from '../channel/unix-transport.ts';
import { DetachedProcess, type ProcessEnd } from '../machine/detached-process.ts';
import { isAlive } from '../machine/liveness.ts';
import type { ProcessIdentity } from '../machine/machine-record.ts';
import { replaceFile } from '../machine/replace-file.ts';
import { endWithoutWord } from '../machine/vm-log.ts';
import type { Vmm, VmProcess } from '../machine/vmm.ts';
import type { DomainDescription } from '../vm/domain-description.ts';
import type { XenPrograms } from '../vm/xen-programs.ts';
import { xlConfig } from '../vm/xl-config.ts';
import { ChannelConsole } from './channel-console.ts';
import { Domain } from './domain.ts';
import { runXl } from './xl.ts';
import { describeShutdown, findDomainNumber, isDomainGone, isDomainKept } from './xl-log.ts';

export interface XenVmmOptions {
  description: DomainDescription;
  programs: XenPrograms;
  /** What xl prints is appended here. */
  vmLogPath: string;
  /** What kernel and init print is appended here. */
  consoleLogPath: string;
  /** Programs that serve this boot, be they started by an earlier process. */
  helpers: () => readonly ProcessIdentity[];
  /** Told of each that is started here. They end with the domain. */
  helperStarted: (identity: ProcessIdentity) => void;
}

const pollIntervalMs = 50;
/** How long the copy of the first console may take behind the domain's end. */
const consoleEndMs = 5_000;
/** xenconsoled reads a guest that says much at once in steps, 200 ms apart. One that has said nothing for longer is read. */
const consoleQuietMs = 600;

/**
 * A domain of Xen. `xl create -F` builds it, paused, and stays to watch it: its process stands for the domain. The guest
 * runs once its second console, which is the channel, has a backend.
 */
export class XenVmm implements Vmm {
  readonly deadlines = { connectMs: 60_000, powerOffMs: 60_000 };
  readonly #options: XenVmmOptions;
  readonly #channel: ChannelConsole;
  #isUnpaused = false;
  #isAdopted = false;
  #followsConsole = false;

  constructor(options: XenVmmOptions) {
    this.#options = options;
    this.#channel = new ChannelConsole(options.programs.consolePath, options.description.name);
  }

  async start(): Promise<VmProcess> {
    const { description, programs, vmLogPath } = this.#options;
    try {
      replaceFile(description.configPath, xlConfig(description, { keepsCrashed: true }));
    } catch (cause) {
      throw new FirstbornError('vm', `Cannot write "${description.configPath}"`, { cause });
    }
    const args = ['create', '-F', '-p', description.configPath];
    return this.#watch(await DetachedProcess.start({ program: programs.xlPath, args }, vmLogPath));
  }

  adopt(identity: ProcessIdentity, { wasOpened }: { wasOpened: boolean }): VmProcess {
    this.#isUnpaused = wasOpened;
    this.#isAdopted = true;
    return this.#watch(DetachedProcess.adopt(identity));
  }

  async connect({ deadlineMs, signal }: ConnectOptions): Promise<Duplex> {
    const deadline = AbortSignal.timeout(deadlineMs);
    const number = await this.#domainNumber(AbortSignal.any([signal, deadline]), signal);
    await this.#followConsole();
    const transport = await this.#channel.open(number, { deadlineMs, signal });
    try {
      if (!this.#isUnpaused) await this.#unpause();
      return transport;
    } catch (error) {
      transport.destroy();
      throw error;
    }
  }

  async endWithoutWord(end: ProcessEnd): Promise<FirstbornError> {
    const words = describeShutdown(await this.#readLog());
    return words === undefined
      ? await endWithoutWord(end, this.#options.vmLogPath)
      : new FirstbornError('vm', words);
  }

  async tidyUp(): Promise<void> {
    if (!isDomainGone(await this.#readLog())) await this.#destroy();
  }

  #watch(watcher: DetachedProcess): VmProcess {
    const tidyUp = async (): Promise<void> => {
      if (isDomainKept(await this.#readLog())) await this.#consoleRead();
      await this.tidyUp();
      await this.#consoleEnded();
    };
    return new Domain(watcher, { destroy: () => this.#destroy(), tidyUp });
  }

  /** Why a kernel panicked stands in its last lines, which come a while behind the domain's end. */
  async #consoleRead(): Promise<void> {
    const endMs = performance.now() + consoleEndMs;
    let sizeBytes = -1;
    let quietMs = 0;
    while (quietMs < consoleQuietMs && performance.now() < endMs) {
      await delay(pollIntervalMs);
      const stats = await stat(this.#options.consoleLogPath).catch(() => undefined);
      quietMs = stats?.size === sizeBytes ? quietMs + pollIntervalMs : 0;
      sizeBytes = stats?.size ?? sizeBytes;
    }
  }

  /** What copies the first console ends by itself, behind the last line. */
  async #consoleEnded(): Promise<void> {
    const copying = this.#options.helpers().filter(isAlive);
    const ended = Promise.all(copying.map((identity) => DetachedProcess.adopt(identity).ended));
    await Promise.race([ended, delay(consoleEndMs, undefined, { ref: false })]);
  }

  async #destroy(): Promise<boolean> {
    const { programs, description } = this.#options;
    return (await runXl(programs.xlPath, ['destroy', description.name])).state === 'done';
  }

  async #unpause(): Promise<void> {
    const { programs, description } = this.#options;
    const result = await runXl(programs.xlPath, ['unpause', description.name]);
    // An earlier monitor may have done it, and not lived to hear of the guest.
    if (result.state === 'failed' && !this.#isAdopted) {
      throw new FirstbornError('vm', `Cannot unpause the domain "${description.name}": ${result.reason}`);
    }
    this.#isUnpaused = true;
  }

  async #domainNumber(signal: AbortSignal, caller: AbortSignal): Promise<number> {
    for (;;) {
      const number = findDomainNumber(await this.#readLog());
      if (number !== undefined) return number;
      await delay(pollIntervalMs, undefined, { signal }).catch(() => {});
      caller.throwIfAborted();
      if (signal.aborted) {
        throw new FirstbornError(
          'timeout',
          `Cannot build the domain "${this.#options.description.name}" in time`,
        );
      }
    }
  }

  /** The first console is served by Xen's own daemon, from which xl(1) copies it until the domain goes. */
  async #followConsole(): Promise<void> {
    const { programs, description, consoleLogPath, helpers, helperStarted } = this.#options;
    // One that an earlier monitor started goes on, and one that has ended has seen the domain's end.
    if (this.#followsConsole || helpers().some(isAlive)) return;
    this.#followsConsole = true;
    const args = ['console', '-t', 'pv', description.name];
    const follower = await DetachedProcess.start({ program: programs.xlPath, args }, consoleLogPath);
    helperStarted(follower.identity);
  }

  async #readLog(): Promise<string> {
    return await readFile(this.#options.vmLogPath, 'utf8').catch(() => '');
  }
}
