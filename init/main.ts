import { readFileSync } from 'node:fs';
import { freemem, release, totalmem } from 'node:os';
import { loadNative } from '../addon/load.ts';
import { mainContainerId } from '../protocol/names.ts';
import { bootTimeline } from './boot/boot-timeline.ts';
import { sinceKernelStartMs } from './boot/clock.ts';
import { PhaseFailure, PhaseRunner } from './boot/phase.ts';
import { runPlan } from './boot/run-plan.ts';
import { HostChannel } from './channel/host-channel.ts';
import { RequestDesk } from './channel/requests.ts';
import { MemoryBound } from './container/memory-bound.ts';
import type { StartResult } from './container/start-container.ts';
import { reportFault } from './fault.ts';
import { ConsoleWriter } from './log/console-writer.ts';
import { makeLog } from './log/log.ts';
import { Freezer } from './machine/freezer.ts';
import { keepOnline } from './machine/online.ts';
import { listenForPowerButtons, listenForPowerSignals, type PowerEvent } from './machine/power-events.ts';
import { verifiedDisks, watchVerifiedDisks } from './machine/verified-disks.ts';
import { openChannelFd } from './phases/channel.ts';
import { type GuestConfig, readGuestConfig } from './phases/config.ts';
import { consolePlan } from './phases/console.ts';
import { startMainContainer } from './phases/container.ts';
import { findDisks } from './phases/disks.ts';
import { earlyMountsPlan } from './phases/early-mounts.ts';
import { setIdentity } from './phases/identity.ts';
import { type ModuleLoader, openModuleLoader } from './phases/modules.ts';
import { configureNetwork } from './phases/network.ts';
import { assembleRoot } from './phases/root.ts';
import { mountVolumes } from './phases/volumes.ts';
import { endMachine, type Machine } from './shutdown.ts';
import { notStartedEvent, stoppedEarly } from './supervision/exit-events.ts';
import { superviseHealth } from './supervision/health-monitor.ts';
import { Reaper } from './supervision/reaper.ts';
import { requestHandlers } from './supervision/request-handlers.ts';
import { stopPolicy } from './supervision/stop-policy.ts';
import { StoppedEarly, Supervisor } from './supervision/supervisor.ts';
import { followBalloon } from './xen/balloon.ts';

const addonPath = '/lib/firstborn/addon.node';
const consoleFd = 2;

/** A JavaScript error becomes a fault report and an orderly end, never a kernel panic. */
function keepTheLaws(machine: Machine, supervisor: Supervisor): void {
  const { native, log } = machine;
  native.installLastResort(consoleFd);
  const onError = (error: unknown): void => {
    // Whatever else breaks on the way out is only told: every step of it has a deadline.
    if (machine.faulted === true) log.error({ err: error }, 'another error after the fault');
    else reportFault(machine, supervisor, error, 'supervision').catch(() => native.reboot('poweroff'));
  };
  process.on('uncaughtException', onError);
  process.on('unhandledRejection', onError);
  process.on('exit', () => native.reboot('poweroff'));
}

function readMemory(): { totalKiB: number; availableKiB: number } {
  return { totalKiB: Math.round(totalmem() / 1024), availableKiB: Math.round(freemem() / 1024) };
}

function readBootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
}

interface BootResult {
  phases: PhaseRunner;
  channel: HostChannel;
  config: GuestConfig;
  modules: ModuleLoader;
  started: StartResult;
}

/** The boot, from first mount to the workload's exec, in the order in which it happens. */
async function boot(
  machine: Machine,
  supervisor: Supervisor,
  freezer: Freezer,
  firstLineMs: number,
): Promise<BootResult> {
  const { native, log, reaper } = machine;
  const phases = new PhaseRunner(log, firstLineMs);
  const run = <Result>(name: string, phase: () => Result | Promise<Result>): Promise<Result> =>
    phases.run(name, () => supervisor.whileWanted(phase));
  const endOnPower = (event: PowerEvent): void => void supervisor.shutDown(event);

  await run('early mounts', () => runPlan(native, log, earlyMountsPlan()));
  await run('console', () => runPlan(native, log, consolePlan()));
  const modules = await run('modules', () => {
    const loader = openModuleLoader(native, log);
    loader.loadForDevices();
    return loader;
  });
  await run('machine', () => {
    listenForPowerSignals({ native, log }, endOnPower);
  });
  const channel = await run('channel', async () => {
    const fd = await openChannelFd(native, modules);
    return new HostChannel(native, fd, readBootId(), log);
  });
  machine.channel = channel;
  channel.serve(new RequestDesk(requestHandlers({ native, log, reaper, channel, supervisor, freezer })));

  const disks = await run('disks', () => findDisks(modules));
  const config = await run('config', () => readGuestConfig(native, log, modules, disks.config));
  log.level = config.launch.logLevel;
  supervisor.policy = stopPolicy(config);
  const root = await run('root', () => assembleRoot(native, log, modules, disks, config.launch.root));
  await run('volumes', () => mountVolumes({ native, log, reaper }, modules, config.launch.mounts));
  watchVerifiedDisks(
    { native, log, announce: (body) => channel.announce(body) },
    verifiedDisks(config.launch),
  );
  const identity = await run('identity', () => setIdentity(native, log, config.launch));
  await run('network', () => configureNetwork(native, log, config.launch.network));
  const started = await phases.run('container', () => {
    supervisor.throwIfStopped();
    return startMainContainer({ native, log, reaper }, channel, config, root, identity);
  });
  // The workload waits neither for drivers of buttons nor for the threads that bring devices online.
  await phases.run('hotplug', () => {
    const bound = new MemoryBound(log);
    const onMemory = (): void => bound.follow();
    keepOnline({ native, log, onMemory });
    followBalloon({ native, log, onMemory });
  });
  await phases.run('power buttons', () => listenForPowerButtons({ native, log, modules }, endOnPower));
  return { phases, channel, config, modules, started };
}

/** Tells the host of a workload that runs, waits for its end, and gives its exit code. */
async function supervise(
  { native, log }: Machine,
  supervisor: Supervisor,
  freezer: Freezer,
  booted: BootResult,
): Promise<number> {
  const { channel, config, phases, modules, started } = booted;
  if (started.state === 'not-started') {
    channel.announce(notStartedEvent(started.failure));
    return started.failure.code;
  }
  const { container } = started;
  const base = { container: mainContainerId, pid: container.pid };
  channel.announce({ event: 'started', ...base });
  channel.announce({
    event: 'ready',
    ...base,
    kernel: release(),
    loadedModules: modules.loaded.size,
    memory: readMemory(),
    timeline: phases.timeline,
  });
  supervisor.adopt(container);
  container.main.stdio.startOutput();
  superviseHealth({ native, log, freezer, announce: (body) => channel.announce(body) }, config, container);
  // Nobody waits for this one: first let go out what has been said.
  setImmediate(() => channel.announce(bootTimeline({ phases: phases.timeline, drivers: modules.timeline })));
  return (await supervisor.ended())?.code ?? 0;
}

/** From the first mount to the last word. */
async function main(
  machine: Machine,
  supervisor: Supervisor,
  freezer: Freezer,
  firstLineMs: number,
): Promise<never> {
  let code: number;
  try {
    code = await supervise(
      machine,
      supervisor,
      freezer,
      await boot(machine, supervisor, freezer, firstLineMs),
    );
  } catch (error) {
    if (!(error instanceof PhaseFailure && error.cause instanceof StoppedEarly)) throw error;
    machine.channel?.announce(notStartedEvent(stoppedEarly));
    code = stoppedEarly.code;
  }
  return endMachine(machine, { how: supervisor.machineEnd, code });
}

/** What the loader knows of its own work. */
export interface LoaderReport {
  /** When its first line ran, by process.hrtime. */
  firstLineNs: bigint;
  /** Whether V8 took the code that was compiled when the bundle was built. */
  codeCacheUsed: boolean;
}

/** Starts init. Called once, by the loader. */
export function startInit({ firstLineNs, codeCacheUsed }: LoaderReport): void {
  const native = loadNative(addonPath);
  const console = new ConsoleWriter(native);
  const log = makeLog((line) => console.write(line));
  if (!codeCacheUsed) log.warn('the code cache does not fit this runtime; compiling everything');
  const machine: Machine = { native, log, reaper: new Reaper(native, log), channel: undefined };
  const freezer: Freezer = new Freezer(machine, () => supervisor.containers());
  const supervisor = new Supervisor({
    log,
    announce: (body) => machine.channel?.announce(body),
    thaw: () => freezer.thaw(),
  });
  machine.thaw = () => freezer.thaw();
  keepTheLaws(machine, supervisor);
  main(machine, supervisor, freezer, sinceKernelStartMs(firstLineNs)).catch((error: unknown) =>
    reportFault(machine, supervisor, error, 'supervision'),
  );
}
