import { guestReaperPath } from '../../protocol/names.ts';
import { changed, dropNamespaces, type WholeSpec } from '../../test/support/differential/base-spec.ts';
import type { Qmp } from '../../test/support/qmp.ts';
import type { RawGuest } from '../../test/support/raw-guest.ts';
import { bootCountedGuest } from '../counted-machine.ts';
import { instructionCountArguments } from '../instruction-count.ts';
import { PlainMachine } from '../plain-machine.ts';
import { LoadProcess } from './load-process.ts';
import type { Programs } from './load-program.ts';

/** Who reaps the orphans: a container's own first process, init, or the process 1 of a machine without Firstborn. */
export const reapers = ['containerReaper', 'init', 'shell', 'program'] as const;
export type Reaper = (typeof reapers)[number];
type GuestReaper = 'containerReaper' | 'init';
type PlainReaper = 'shell' | 'program';

/** A load whose orphans one of them reaps. */
export interface LoadSite {
  qmp: Qmp;
  load: LoadProcess;
}

const reaperDestination = '/sbin/firstborn-init';

/** What `runc spec` writes, in the machine's network, with a shell that takes the program from its stdin. */
function loadSpec(reaper: GuestReaper, programBytes: number): WholeSpec {
  const fetch = `dd of=/load bs=${programBytes} count=1 iflag=fullblock 2>/dev/null && chmod 755 /load`;
  const words = reaper === 'init' ? '/load' : `${reaperDestination} /load`;
  return changed((spec) => {
    spec.process.args = ['/bin/sh', '-c', `${fetch} && exec ${words}`];
    spec.process.env = ['PATH=/bin'];
    dropNamespaces(spec, 'network', ...(reaper === 'init' ? (['pid'] as const) : []));
    if (reaper === 'init') return;
    const options = ['bind', 'ro', 'nosuid', 'nodev'];
    spec.mounts.push({ destination: reaperDestination, type: 'bind', source: guestReaperPath, options });
  });
}

/** Starts the load in a container beside the workload. */
async function startInContainer(
  guest: RawGuest,
  reaper: GuestReaper,
  program: Uint8Array,
): Promise<LoadSite> {
  const config = JSON.stringify(loadSpec(reaper, program.length));
  const { streams } = await guest.request('run-container', { config, stdin: true });
  const { stdin, stdout, stderr } = streams;
  if (stdin === undefined || stdout === undefined || stderr === undefined) {
    throw new Error('Cannot use a container that lacks a stream');
  }
  guest.client.readable(stderr).pipe(process.stderr, { end: false });
  const input = guest.client.writableStream(stdin);
  input.write(program);
  const load = new LoadProcess({ stdin: input, stdout: guest.client.readable(stdout) });
  return { qmp: guest.qmp, load };
}

/**
 * Boots a machine with Firstborn: a load in a container beside an idle workload, with a pid namespace of its own, whose
 * first process reaps, or without one, so that init does.
 */
export async function bootFirstborn(
  reaper: GuestReaper,
  { load }: Programs,
): Promise<AsyncDisposable & LoadSite> {
  const guest = await bootCountedGuest();
  const dispose = (): Promise<void> => guest[Symbol.asyncDispose]();
  try {
    return { ...(await startInContainer(guest, reaper, load)), [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

const plainScripts: Record<PlainReaper, string> = {
  shell: 'echo ready >&3\n/bin/load <&3 >&3\n',
  program: 'echo ready >&3\nexec /bin/reaper /bin/load <&3 >&3\n',
};

/** Boots the same machine with busybox's shell, or with the smallest C program that can do it, as process 1. */
export async function bootPlain(
  reaper: PlainReaper,
  { load, reaper: program }: Programs,
): Promise<AsyncDisposable & LoadSite> {
  const machine = await PlainMachine.boot({
    init: {
      script: plainScripts[reaper],
      applets: ['true'],
      programs: { 'bin/load': load, 'bin/reaper': program },
    },
    extraArguments: instructionCountArguments,
  });
  return {
    qmp: machine.qmp,
    load: new LoadProcess({ stdin: machine.socket, stdout: machine.socket }),
    [Symbol.asyncDispose]: () => machine[Symbol.asyncDispose](),
  };
}
