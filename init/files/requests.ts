import type { Native } from '../../addon/native.ts';
import { closeFd } from '../../protocol/files/descriptor-calls.ts';
import { archiveNameOf } from '../../protocol/files/entry-path.ts';
import { describeNode, type FileNode } from '../../protocol/files/file-node.ts';
import type { FileStat } from '../../protocol/messages.ts';
import type { HostChannel } from '../channel/host-channel.ts';
import { type RequestHandlers, RequestRefusal } from '../channel/requests.ts';
import { shortText } from '../channel/short-text.ts';
import type { Log } from '../log/log.ts';
import { copyIn } from './copy-in.ts';
import { copyOut } from './copy-out.ts';
import { locate, locateDirectory } from './locate.ts';
import { missingDirectoryErrnos, missingFileErrnos, pathRefusal } from './refusal.ts';
import { Transfers } from './transfers.ts';

export interface FileRequestContext {
  native: Native;
  log: Log;
  channel: HostChannel;
  /** A path to the root of the running container, such as /proc/PID/root; `undefined` while none runs. */
  containerRoot: () => string | undefined;
  /** For whoever ends the copies before file systems are unmounted. */
  transfers?: Transfers;
}

type FileMethods = 'stat' | 'copy-out' | 'copy-in' | 'await-transfer' | 'cancel-transfer';

/** The requests about files of the container. Every path is resolved inside the container's root. */
export function fileRequests(context: FileRequestContext): Pick<RequestHandlers, FileMethods> {
  const { transfers = new Transfers() } = context;
  return {
    stat: ({ params }) => statPath(context, params),
    'copy-out': ({ params }) => startCopyOut(context, transfers, params),
    'copy-in': ({ params }) => startCopyIn(context, transfers, params),
    'await-transfer': ({ params: { transfer } }) => transfers.outcome(transfer),
    'cancel-transfer': ({ params: { transfer } }) => transfers.cancel(transfer),
  };
}

interface PathParams {
  path: string;
  follow: boolean;
}

function rootOf({ containerRoot }: FileRequestContext): string {
  const root = containerRoot();
  if (root !== undefined) return root;
  throw new RequestRefusal('not-found', 'Cannot reach the files of the container: it does not run');
}

async function statPath(context: FileRequestContext, { path, follow }: PathParams): Promise<FileStat> {
  try {
    const node = await locate(context.native, rootOf(context), path, follow);
    await closeFd(node.fd);
    const stat = describeNode(node);
    return stat.target === undefined ? stat : { ...stat, target: shortText(stat.target) };
  } catch (error) {
    throw pathRefusal(`Cannot look at ${quoted(path)}`, error, missingFileErrnos);
  }
}

async function startCopyOut(
  context: FileRequestContext,
  transfers: Transfers,
  { path, follow }: PathParams,
): Promise<{ transfer: number; stream: number }> {
  const { native, channel, log } = context;
  try {
    const started = await transfers.start(async () => {
      const node = await locate(native, rootOf(context), path, follow);
      await refuseSocket(node);
      return copyOut(channel, node, archiveNameOf(path));
    });
    log.debug({ ...started, path }, 'a copy out of the container began');
    return started;
  } catch (error) {
    throw pathRefusal(`Cannot copy ${quoted(path)} out of the container`, error, missingFileErrnos);
  }
}

/** Below the top a socket is left out; an archive of nothing would only puzzle. */
async function refuseSocket({ fd, stat }: FileNode): Promise<void> {
  if (!stat.isSocket()) return;
  await closeFd(fd);
  throw new Error('it is a socket');
}

async function startCopyIn(
  context: FileRequestContext,
  transfers: Transfers,
  { path }: Pick<PathParams, 'path'>,
): Promise<{ transfer: number; stream: number }> {
  const { native, channel, log } = context;
  try {
    const started = await transfers.start(async () => {
      const directoryFd = await locateDirectory(native, rootOf(context), path);
      return copyIn(native, channel, directoryFd);
    });
    log.debug({ ...started, path }, 'a copy into the container began');
    return started;
  } catch (error) {
    throw pathRefusal(`Cannot copy into ${quoted(path)}`, error, missingDirectoryErrnos);
  }
}

const quoted = (path: string): string => JSON.stringify(shortText(path));
