import { readFileSync } from 'node:fs';
import { freemem, release, totalmem } from 'node:os';
import { loadNative } from '../addon/load.ts';
import { mainContainerId } from '../protocol/names.ts';
import { PhaseRunner } from './boot/phase.ts';
import { runPlan } from './boot/run-plan.ts';
import { HostChannel } from './channel/host-channel.ts';
import { reportFault } from './fault.ts';
import { makeLog } from './log/log.ts';
import { openChannelFd } from './phases/channel.ts';
import { readGuestConfig } from './phases/config.ts';
import { consolePlan } from './phases/console.ts';
import { startMainContainer } from './phases/container.ts';
import { findDisks } from './phases/disks.ts';
import { earlyMountsPlan } from './phases/early-mounts.ts';
import { setIdentity } from './phases/identity.ts';
import { openModuleLoader } from './phases/modules.ts';
import { configureNetwork } from './phases/network.ts';
import { assembleRoot } from './phases/root.ts';
import { powerOff, type ShutdownDependencies } from './shutdown.ts';
import { Reaper } from './supervision/reaper.ts';
import {
  defaultStopPolicy,
  exitEvent,
  notStartedEvent,
  requestDesk,
  stopPolicy,
  type Supervised,
} from './supervision/supervise.ts';

const addonPath = '/lib/firstborn/addon.node';
const consoleFd = 2;

/** A JavaScript error becomes a fault report and an orderly end, never a kernel panic. */
function keepTheLaws(machine: ShutdownDependencies): void {
  machine.native.installLastResort(consoleFd);
  let faulted = false;
  const onError = (error: unknown): void => {
    if (faulted) machine.native.reboot('poweroff'); // the way out is broken too
    faulted = true;
    void reportFault(machine, error, 'supervision');
  };
  process.on('uncaughtException', onError);
  process.on('unhandledRejection', onError);
  process.on('exit', () => machine.native.reboot('poweroff'));
}

function readMemory(): { totalKiB: number; availableKiB: number } {
  return { totalKiB: Math.round(totalmem() / 1024), availableKiB: Math.round(freemem() / 1024) };
}

function readBootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
}

/** The boot, from first mount to last exit, in the order in which it happens. */
async function main(machine: ShutdownDependencies): Promise<never> {
  const { native, log, reaper } = machine;
  const phases = new PhaseRunner(log);

  await phases.run('early mounts', () => runPlan(native, log, earlyMountsPlan()));
  await phases.run('console', () => runPlan(native, log, consolePlan()));
  const modules = await phases.run('modules', () => {
    const loader = openModuleLoader(native, log);
    loader.loadForDevices();
    return loader;
  });
  const channel = await phases.run('channel', async () => {
    const fd = await openChannelFd(native, modules);
    return new HostChannel(native, fd, readBootId(), log);
  });
  machine.channel = channel;
  const supervised: Supervised = { channel, container: undefined, policy: defaultStopPolicy };
  channel.serve(requestDesk(supervised));

  const disks = await phases.run('disks', () => findDisks(modules));
  const config = await phases.run('config', () => readGuestConfig(native, log, modules, disks.config));
  log.level = config.launch.logLevel;
  supervised.policy = stopPolicy(config);
  const root = await phases.run('root', () => assembleRoot(native, log, modules, disks, config.launch.root));
  const identity = await phases.run('identity', () => setIdentity(native, log, config.launch));
  await phases.run('network', () => configureNetwork(native, log, config.launch.network));
  const started = await phases.run('container', () =>
    startMainContainer({ native, log, reaper }, channel, config, root, identity),
  );

  if (started.state === 'not-started') {
    channel.announce(notStartedEvent(started.failure));
    return powerOff(machine);
  }
  supervised.container = started.container;
  channel.announce({
    event: 'ready',
    container: mainContainerId,
    pid: started.container.pid,
    kernel: release(),
    loadedModules: modules.loaded.size,
    memory: readMemory(),
    timeline: phases.timeline,
  });
  started.container.startOutput();
  channel.announce(exitEvent(await started.container.ended()));
  return powerOff(machine);
}

const native = loadNative(addonPath);
const log = makeLog();
const machine: ShutdownDependencies = { native, log, reaper: new Reaper(native, log), channel: undefined };
keepTheLaws(machine);
main(machine).catch((error: unknown) => reportFault(machine, error, 'supervision'));
