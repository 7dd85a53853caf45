import { readFileSync } from 'node:fs';
import { release } from 'node:os';
import { MS_BIND, MS_RDONLY, MS_REMOUNT } from '../../addon/constants.ts';
import type { Native } from '../../addon/native.ts';
import { Plan } from '../../addon/plan.ts';
import type { LaunchConfig } from '../../protocol/launch-config.ts';
import { mainContainerId, mainStreams } from '../../protocol/names.ts';
import { runPlan } from '../boot/run-plan.ts';
import type { HostChannel } from '../channel/host-channel.ts';
import { composeUser, toRuntimeConfig } from '../container/convert.ts';
import type { ProcessStdio } from '../container/process-stdio.ts';
import { startContainer, type StartResult } from '../container/start-container.ts';
import type { ContainerDependencies } from '../container/start-process.ts';
import { connectTerminal, openPipes } from '../container/stdio.ts';
import { mountTerminals, openContainerTerminal, terminalsPath } from '../container/terminals.ts';
import { resolveUser } from '../container/user.ts';
import { readUserDatabase } from '../container/user-database.ts';
import type { GuestConfig } from './config.ts';
import { guestPaths } from './guest-paths.ts';
import { defaultHostname, type IdentityFiles } from './identity.ts';
import type { AssembledRoot } from './root.ts';

/** init's mounts, deepest tree first does not matter: each is detached with all below it. */
const hiddenMounts = [
  guestPaths.config,
  guestPaths.image,
  guestPaths.overlay,
  guestPaths.addons,
  '/run',
  '/sys',
  '/dev',
  '/proc',
];

/** The kernel's limit for one without privileges; of one process that prints a lot there is only this one. */
const outputPipeBytes = 256 * 1024;

function readLastCapability(): number {
  return Number(readFileSync('/proc/sys/kernel/cap_last_cap', 'latin1'));
}

/**
 * The initramfs, which init runs from, is written no more: whatever of it a container might ever get hold of, it gets
 * for reading (CVE-2019-5736).
 */
export function sealPlan(): Plan {
  return new Plan().mount({ target: '/', flags: MS_REMOUNT | MS_BIND | MS_RDONLY }, { orWarn: true });
}

/** The streams of the workload, whose ids host and guest know beforehand. */
function openStdio(native: Native, channel: HostChannel, process: LaunchConfig['process']): ProcessStdio {
  const { stdout, stderr } = mainStreams;
  const stdin = process.stdin ? { stdin: mainStreams.stdin } : {};
  if (process.terminal === undefined) {
    return openPipes(native, channel, { streams: { ...stdin, stdout, stderr }, outputPipeBytes });
  }
  const terminal = openContainerTerminal(native, mainContainerId, process.terminal);
  return connectTerminal(native, channel, { ...stdin, stdout }, terminal);
}

/** Starts the container that image config and launch config describe (KR 8, 11). */
export function startMainContainer(
  dependencies: ContainerDependencies,
  channel: HostChannel,
  config: GuestConfig,
  root: AssembledRoot,
  identity: IdentityFiles,
): Promise<StartResult> {
  const { native, log } = dependencies;
  const { image, launch } = config;
  const user = resolveUser(composeUser(image, launch.process), readUserDatabase(native, root.path));
  const runtimeConfig = toRuntimeConfig({
    image,
    launch,
    user,
    hostname: launch.hostname ?? defaultHostname,
    terminals: terminalsPath(mainContainerId),
    kernelModules:
      root.kernelModules === undefined ? undefined : { source: root.kernelModules, release: release() },
  });
  mountTerminals(native, log, mainContainerId);
  runPlan(native, log, sealPlan());
  return startContainer(dependencies, channel, {
    id: mainContainerId,
    plan: {
      config: runtimeConfig,
      rootPath: root.path,
      hiddenMounts,
      identity,
      lastCapability: readLastCapability(),
    },
    limits: launch.limits,
    stdio: openStdio(native, channel, launch.process),
  });
}
