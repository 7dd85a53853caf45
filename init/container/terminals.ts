import { closeSync, fstatSync, openSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import {
  MNT_DETACH,
  MS_NOEXEC,
  MS_NOSUID,
  O_NOCTTY,
  O_NOFOLLOW,
  O_PATH,
  O_RDWR,
} from '../../addon/constants.ts';
import type { Native, OpenedTerminal } from '../../addon/native.ts';
import { Plan } from '../../addon/plan.ts';
import { usualTerminalSize } from '../../protocol/limits.ts';
import type { TerminalSize } from '../../protocol/messages.ts';
import type { SpecProcess } from '../../protocol/oci/runtime-spec.ts';
import { runPlan } from '../boot/run-plan.ts';
import type { Log } from '../log/log.ts';

/** The group of terminals in every distribution. */
export const terminalGroup = 5;
const devptsData = (group: number): string => `newinstance,gid=${group},mode=0620,ptmxmode=0666`;

/** The size of the terminal that a configuration asks for; `undefined` when it asks for none. Pure. */
export function specTerminalSize({ terminal, consoleSize }: SpecProcess): TerminalSize | undefined {
  if (terminal !== true) return undefined;
  if (consoleSize === undefined) return usualTerminalSize;
  return { rows: consoleSize.height, columns: consoleSize.width };
}

/** Where init has the terminals of a container; in the container the same filesystem is /dev/pts. */
export function terminalsPath(containerId: string): string {
  return `/run/firstborn/pts/${containerId}`;
}

/**
 * Mounts the devpts instance of a container (Documentation/filesystems/devpts.rst). init opens terminals in it
 * under a path of its own, so that it never has to look into the container for them. `group` is the machine's id of
 * the container's group of terminals.
 */
export function mountTerminals(
  native: Native,
  log: Log,
  containerId: string,
  group: number = terminalGroup,
): void {
  const target = terminalsPath(containerId);
  const mount = {
    source: 'devpts',
    target,
    type: 'devpts',
    flags: MS_NOSUID | MS_NOEXEC,
    data: devptsData(group),
  };
  runPlan(native, log, new Plan().makeDirectories(target, 0o755).mount(mount));
}

/** Undoes `mountTerminals`. A terminal that something still holds lives on until it is closed. */
export function unmountTerminals(native: Native, log: Log, containerId: string): void {
  const target = terminalsPath(containerId);
  runPlan(
    native,
    log,
    new Plan().unmount(target, MNT_DETACH, { orWarn: true }).removeDirectory(target, { orWarn: true }),
  );
}

/** A terminal whose slave a process is to get. */
export interface ContainerTerminal extends OpenedTerminal {
  /** Its path in the container: `/dev/pts/3`. */
  slavePath: string;
}

/** Opens a terminal of the given size for a process of the container. The caller closes all three descriptors. */
export function openContainerTerminal(
  native: Native,
  containerId: string,
  size: TerminalSize,
): ContainerTerminal {
  const terminal = native.openTerminal(`${terminalsPath(containerId)}/ptmx`);
  native.setTerminalSize(terminal.outputFd, size.rows, size.columns);
  // The link ends in the number that devpts gave the slave.
  const name = basename(readlinkSync(`/proc/self/fd/${terminal.slaveFd}`));
  return { ...terminal, slavePath: `/dev/pts/${name}` };
}

/**
 * Opens a slave once more, by its path in a running container, and closes the one at hand: ttyname(3) looks for the
 * path under which the descriptor was opened, and init's would mean nothing in there. What lies at that path counts
 * only when it is this very terminal; else the slave stays as it is, and only its name is off.
 */
export function reopenInContainer(native: Native, rootPath: string, terminal: ContainerTerminal): number {
  let pathFd: number;
  try {
    // O_PATH: whatever it is, nothing happens to it.
    const flags = O_PATH | O_NOFOLLOW;
    pathFd = native.openInRoot(rootPath, terminal.slavePath, flags, 0);
  } catch {
    return terminal.slaveFd;
  }
  try {
    const found = fstatSync(pathFd);
    const own = fstatSync(terminal.slaveFd);
    if (found.dev !== own.dev || found.ino !== own.ino) return terminal.slaveFd;
    const fd = openSync(`/proc/self/fd/${pathFd}`, O_RDWR | O_NOCTTY);
    closeSync(terminal.slaveFd);
    return fd;
  } finally {
    closeSync(pathFd);
  }
}
