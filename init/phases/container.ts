import { existsSync, readFileSync } from 'node:fs';
import { release } from 'node:os';
import { MS_BIND, MS_RDONLY, MS_REMOUNT } from '../../addon/constants.ts';
import type { Native } from '../../addon/native.ts';
import { Plan } from '../../addon/plan.ts';
import { mainContainerId, mainStreams } from '../../protocol/names.ts';
import { runPlan } from '../boot/run-plan.ts';
import type { HostChannel } from '../channel/host-channel.ts';
import type { ProcessStdio } from '../container/process-stdio.ts';
import type { RunnableSpec } from '../container/runnable-spec.ts';
import { startContainer, type StartResult } from '../container/start-container.ts';
import type { ContainerDependencies } from '../container/start-process.ts';
import { connectTerminal, openPipes } from '../container/stdio.ts';
import { mountTerminals, openContainerTerminal, specTerminalSize } from '../container/terminals.ts';
import { machineTerminalGroup } from '../container/user-namespace.ts';
import type { GuestConfig } from './config.ts';
import { guestPaths, hiddenMounts } from './guest-paths.ts';
import type { IdentityFiles } from './identity.ts';
import type { AssembledRoot } from './root.ts';
import { mainContainerSpec } from './container-spec.ts';

/** The kernel's limit for one without privileges; of one process that prints a lot there is only this one. */
const outputPipeBytes = 256 * 1024;

export function readLastCapability(): number {
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
function openStdio(
  native: Native,
  channel: HostChannel,
  config: GuestConfig,
  spec: RunnableSpec,
): ProcessStdio {
  const { stdout, stderr } = mainStreams;
  const stdin = config.launch.process.stdin ? { stdin: mainStreams.stdin } : {};
  // The host's word counts first.
  const size = config.launch.process.terminal ?? specTerminalSize(spec.process);
  if (size === undefined)
    return openPipes(native, channel, { streams: { ...stdin, stdout, stderr }, outputPipeBytes });
  const terminal = openContainerTerminal(native, mainContainerId, size);
  return connectTerminal(native, channel, { ...stdin, stdout }, terminal);
}

/** Starts the container that the config disk describes (KR 8, 11). */
export function startMainContainer(
  dependencies: ContainerDependencies,
  channel: HostChannel,
  config: GuestConfig,
  root: AssembledRoot,
  identity: IdentityFiles,
): Promise<StartResult> {
  const { native, log } = dependencies;
  const kernelModules =
    root.kernelModules === undefined ? undefined : { source: root.kernelModules, release: release() };
  const spec = mainContainerSpec(dependencies, config, { rootPath: root.path, kernelModules });
  mountTerminals(native, log, mainContainerId, machineTerminalGroup(spec));
  runPlan(native, log, sealPlan());
  return startContainer(dependencies, channel, {
    id: mainContainerId,
    spec,
    rootPath: root.path,
    hiddenMounts,
    // A bundle's root is taken as it is.
    identity: existsSync(guestPaths.bundle) ? undefined : identity,
    lastCapability: readLastCapability(),
    headStart: true,
    stdio: openStdio(native, channel, config, spec),
  });
}
