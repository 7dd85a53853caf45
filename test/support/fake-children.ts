import { mkdirSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { ReapedChild, SpawnOptions, SpawnResult } from '../../addon/native.ts';
import { Plan } from '../../addon/plan.ts';
import type { ExecSite } from '../../init/container/exec-launch.ts';
import { ExecSessions } from '../../init/container/exec-sessions.ts';
import { planNamespaces } from '../../init/container/namespaces.ts';
import type { ContainerDependencies } from '../../init/container/start-process.ts';
import type { NamespaceType } from '../../protocol/oci/runtime-spec.ts';
import { Reaper } from '../../init/supervision/reaper.ts';
import { type GuestChannel, openGuestChannel, settlePromises } from './guest-channel.ts';
import { makeRecordingLog } from './recording-log.ts';
import { plainProcess } from './runnable-spec.ts';
import { scratchDirectory } from './scratch-directory.ts';

/**
 * What a child says in its handshake; nothing at all means that it dies before it has said a word. Behind `waiting`,
 * whose last number is the stage, it says no more until it may go on.
 */
export type HandshakeRecord = [
  kind: 'executing' | 'failed' | 'waiting',
  operation: number,
  errnoOrStage: number,
];

const recordKinds = { failed: 2, executing: 3, waiting: 5 };

function recordBytes([kind, operation, value]: HandshakeRecord): Uint8Array {
  return new Uint8Array(Uint32Array.of(recordKinds[kind], operation, value).buffer);
}

/** A child that has not said everything yet. */
interface Speaker {
  child: SpawnResult;
  writeFd: number;
  /** What it has still to say; absent before its first word. */
  records?: HandshakeRecord[];
}

/** A guest whose spawned children do as the test says. */
export interface FakeChildren extends GuestChannel {
  dependencies: ContainerDependencies;
  /** Those spawned so far. */
  children: SpawnResult[];
  /** What the next children say, each for itself; without one they execute their program. */
  handshakes: HandshakeRecord[][];
  /** Children from now on keep silent until `speak` is called with their pid. */
  silent: boolean;
  speak(pid: number): void;
  /** Closes a child's end of its handshake, whatever it has still to say. */
  hangUp(pid: number): void;
  /** Called as a child is spawned, which then has all that it inherits. */
  onSpawn?: () => void;
  /** The pipes that are made from now on. */
  recordPipes(): { readFd: number; writeFd: number }[];
  /** Ends a child and has it reaped. */
  end(
    child: Omit<Extract<ReapedChild, { state: 'exited' }>, 'state'> | { pid: number; signal: number },
  ): void;
}

/** Opens a guest in session with a host. */
export function openFakeChildren(context: TestContext): FakeChildren {
  const guest = openGuestChannel(context);
  const { native } = guest;
  const { log } = makeRecordingLog();
  const reaper = new Reaper(native, log);
  context.after(() => process.removeAllListeners('SIGCHLD'));
  const speakers = new Map<number, Speaker>();
  let lastPid = 100;
  const fake: FakeChildren = {
    ...guest,
    dependencies: { native, log, reaper },
    children: [],
    handshakes: [],
    silent: false,
    speak(pid) {
      const speaker = speakers.get(pid);
      if (speaker === undefined) throw new RangeError(`Cannot speak for the child ${pid}`);
      speaker.records ??= fake.handshakes.shift() ?? [['executing', 0, 0]];
      for (let record = speaker.records.shift(); record !== undefined; record = speaker.records.shift()) {
        native.writeSome(speaker.writeFd, recordBytes(record));
        if (record[0] === 'waiting') return;
      }
      fake.hangUp(pid);
    },
    hangUp(pid) {
      const speaker = speakers.get(pid);
      if (speaker !== undefined) native.closeFd(speaker.writeFd);
      speakers.delete(pid);
    },
    recordPipes() {
      const pipes: { readFd: number; writeFd: number }[] = [];
      const makePipe = native.makePipe.bind(native);
      context.mock.method(native, 'makePipe', () => {
        const pipe = makePipe();
        pipes.push(pipe);
        return pipe;
      });
      return pipes;
    },
    end(child) {
      native.ended.push(
        'code' in child ? { ...child, state: 'exited' } : { ...child, state: 'signaled', coreDumped: false },
      );
      reaper.drain();
    },
  };
  context.mock.method(native, 'spawn', (plan: Uint8Array, options: SpawnOptions): SpawnResult => {
    fake.onSpawn?.();
    native.plans.push(plan);
    native.spawns.push(options);
    const { readFd, writeFd } = native.makePipe();
    lastPid += 1;
    const child = { pid: lastPid, pidfd: openSync('/dev/null', 'r'), handshakeFd: readFd };
    fake.children.push(child);
    speakers.set(child.pid, { child, writeFd });
    if (!fake.silent) fake.speak(child.pid);
    return child;
  });
  const letGoOn = native.continueChild.bind(native);
  context.mock.method(native, 'continueChild', (handshakeFd: number) => {
    letGoOn(handshakeFd);
    for (const { child } of speakers.values()) if (child.handshakeFd === handshakeFd) fake.speak(child.pid);
  });
  guest.host.hello('a');
  guest.host.forget();
  return fake;
}

/** Lets everything happen that can: watches, promises and what they start. */
export async function rest({ host }: GuestChannel): Promise<void> {
  for (let turn = 0; turn < 4; turn += 1) {
    host.settle();
    await settlePromises();
  }
  host.settle();
}

const passwd = 'root:x:0:0::/root:/bin/sh\napp:x:1000:1001::/home/app:/bin/sh\n';
const group = 'app:x:1001:\nwheel:x:10:app\n';

/** A container's root with users, and its path for `openInRoot`, which this fake leads there. */
export function fakeContainerRoot(context: TestContext, { native }: GuestChannel): void {
  const root = scratchDirectory(context);
  mkdirSync(join(root, 'etc'));
  writeFileSync(join(root, 'etc/passwd'), passwd);
  writeFileSync(join(root, 'etc/group'), group);
  context.mock.method(native, 'openInRoot', (_root: string, path: string, flags: number) =>
    openSync(join(root, path), flags),
  );
}

const joinFlagsOf = (...types: NamespaceType[]): number =>
  planNamespaces(types.map((type) => ({ type }))).joinFlags;

/** What execs need to know of a container that does not exist. */
export function fakeSite(guest: FakeChildren, changes: Partial<ExecSite> = {}): ExecSite {
  return {
    containerId: 'main',
    pid: 90,
    pidfd: guest.native.makePipe().readFd,
    process: plainProcess(),
    cgroupFd: 77,
    joinFlags: joinFlagsOf('mount', 'ipc', 'uts', 'cgroup'),
    lastCapability: 40,
    machineUser: (user) => user,
    seccomp: undefined,
    oomKills: () => 0,
    ...changes,
  };
}

/** The execs of such a container. */
export function openFakeExecs(
  context: TestContext,
  changes: Partial<ExecSite> = {},
): { guest: FakeChildren; execs: ExecSessions } {
  const guest = openFakeChildren(context);
  fakeContainerRoot(context, guest);
  const execs = new ExecSessions(guest.dependencies, guest.channel, fakeSite(guest, changes));
  return { guest, execs };
}

/** An empty plan with a program at its end, for processes that need none. */
export function trivialPlan(): Plan {
  return new Plan().execute(['/bin/run'], ['run'], []);
}
