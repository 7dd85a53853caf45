import { statSync } from 'node:fs';
import { MNT_DETACH, MS_NOATIME, MS_NODEV, MS_NOSUID } from '../../addon/constants.ts';
import type { Native } from '../../addon/native.ts';
import { Plan } from '../../addon/plan.ts';
import { describeError } from '../../protocol/errors.ts';
import type { ContainerParams } from '../../protocol/messages.ts';
import { refuseImpossible } from '../../protocol/oci/impossible.ts';
import { parseRuntimeSpecText } from '../../protocol/oci/runtime-spec-schema.ts';
import { runPlan } from '../boot/run-plan.ts';
import type { HostChannel } from '../channel/host-channel.ts';
import { RequestRefusal } from '../channel/requests.ts';
import type { Log } from '../log/log.ts';
import { guestPaths, hiddenMounts } from '../phases/guest-paths.ts';
import { removeCopiedDirectories } from './copied-directories.ts';
import type { Container } from './container.ts';
import { refuseExec, refuseStart } from './exec-refusal.ts';
import type { ProcessStdio } from './process-stdio.ts';
import { completeSpec, type RunnableSpec } from './runnable-spec.ts';
import { startContainer } from './start-container.ts';
import type { ContainerDependencies } from './start-process.ts';
import { connectTerminal, openPipes } from './stdio.ts';
import { mountTerminals, openContainerTerminal, specTerminalSize, unmountTerminals } from './terminals.ts';
import { machineTerminalGroup } from './user-namespace.ts';
import { findHome } from './user-database.ts';

const rootsPath = '/run/firstborn/roots';

/** The root of a container beside the first one: the same image under a memory of its own. */
function rootPlan(staging: string): Plan {
  const { mode, uid, gid } = statSync(guestPaths.image);
  const [upper, work, root] = [`${staging}/upper`, `${staging}/work`, `${staging}/root`];
  return new Plan()
    .makeDirectories(staging, 0o700)
    .mount({
      source: 'tmpfs',
      target: staging,
      type: 'tmpfs',
      flags: MS_NOSUID | MS_NODEV,
      data: 'mode=0700',
    })
    .makeDirectory(upper, 0o755)
    .changeMode(upper, mode & 0o7777)
    .changeOwner(upper, uid, gid)
    .makeDirectory(work, 0o755)
    .makeDirectory(root, 0o755)
    .mount({
      source: 'overlay',
      target: root,
      type: 'overlay',
      flags: MS_NODEV | MS_NOATIME,
      data: `lowerdir=${guestPaths.image},upperdir=${upper},workdir=${work}`,
    });
}

function removeRoot(native: Native, log: Log, staging: string): void {
  runPlan(
    native,
    log,
    new Plan().unmount(staging, MNT_DETACH, { orWarn: true }).removeDirectory(staging, { orWarn: true }),
  );
}

/** Throws a RequestRefusal that names what is wrong with the configuration. */
function readSpec({ native, log }: ContainerDependencies, text: string): RunnableSpec {
  try {
    const spec = parseRuntimeSpecText(text, 'the configuration');
    for (const warning of refuseImpossible(spec))
      log.warn({ setting: warning }, 'a setting has no effect here');
    return completeSpec(spec, (uid) => findHome(native, guestPaths.image, uid));
  } catch (error) {
    throw new RequestRefusal('bad-request', describeError(error));
  }
}

function openStdio(
  native: Native,
  channel: HostChannel,
  id: string,
  { spec, stdin }: { spec: RunnableSpec; stdin: boolean },
): ProcessStdio {
  const input = stdin ? { stdin: channel.allocateStream() } : {};
  const stdout = channel.allocateStream();
  const size = specTerminalSize(spec.process);
  if (size === undefined)
    return openPipes(native, channel, { streams: { ...input, stdout, stderr: channel.allocateStream() } });
  return connectTerminal(native, channel, { ...input, stdout }, openContainerTerminal(native, id, size));
}

/** A container that runs beside the first one, and the way to be rid of what was made for it. */
export interface SideContainer {
  container: Container;
  /** Once it has ended. */
  release: () => void;
}

/**
 * Starts a container beside the first one: a root of its own over the same image, and everything else as its
 * configuration says. Throws a RequestRefusal when that can't be done; then nothing is left of it.
 */
export async function startSideContainer(
  dependencies: ContainerDependencies,
  channel: HostChannel,
  { id, lastCapability, params }: { id: string; lastCapability: number; params: ContainerParams },
): Promise<SideContainer> {
  const { native, log } = dependencies;
  const spec = readSpec(dependencies, params.config);
  const staging = `${rootsPath}/${id}`;
  let stdio: ProcessStdio | undefined;
  const release = (): void => removeRoot(native, log, staging);
  try {
    runPlan(native, log, rootPlan(staging));
    mountTerminals(native, log, id, machineTerminalGroup(spec));
    stdio = openStdio(native, channel, id, { spec, stdin: params.stdin });
    const rootPath = `${staging}/root`;
    const order = { id, spec, rootPath, hiddenMounts, identity: undefined, lastCapability, stdio };
    const start = await startContainer(dependencies, channel, order);
    if (start.state === 'not-started') throw refuseStart(start.failure);
    return { container: start.container, release };
  } catch (error) {
    stdio?.discard();
    unmountTerminals(native, log, id);
    removeCopiedDirectories(native, log, id);
    release();
    throw refuseExec(error, spec.process.args[0] ?? '');
  }
}
