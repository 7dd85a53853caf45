import { readFileSync } from 'node:fs';
import { release } from 'node:os';
import { mainContainerId } from '../../protocol/names.ts';
import type { HostChannel } from '../channel/host-channel.ts';
import { type ContainerDependencies, startContainer, type StartResult } from '../container/container.ts';
import { composeUser, toRuntimeConfig } from '../container/convert.ts';
import { openStdio } from '../container/stdio.ts';
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

function readLastCapability(): number {
  return Number(readFileSync('/proc/sys/kernel/cap_last_cap', 'latin1'));
}

/** Starts the container that image config and launch config describe (KR 8, 11). */
export function startMainContainer(
  dependencies: ContainerDependencies,
  channel: HostChannel,
  config: GuestConfig,
  root: AssembledRoot,
  identity: IdentityFiles,
): Promise<StartResult> {
  const { native } = dependencies;
  const { image, launch } = config;
  const user = resolveUser(composeUser(image, launch.process), readUserDatabase(native, root.path));
  const runtimeConfig = toRuntimeConfig({
    image,
    launch,
    user,
    hostname: launch.hostname ?? defaultHostname,
    kernelModules:
      root.kernelModules === undefined ? undefined : { source: root.kernelModules, release: release() },
  });
  const stdio = openStdio(native, channel, launch.process.stdin);
  return startContainer(
    dependencies,
    mainContainerId,
    {
      config: runtimeConfig,
      rootPath: root.path,
      hiddenMounts,
      stdio: stdio.childEnds,
      identity,
      lastCapability: readLastCapability(),
    },
    stdio,
  );
}
