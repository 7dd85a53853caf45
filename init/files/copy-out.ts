import { closeFd } from '../../protocol/files/descriptor-calls.ts';
import type { FileNode } from '../../protocol/files/file-node.ts';
import { type CopyTotals, packTree } from '../../protocol/files/pack-tree.ts';
import type { HostChannel } from '../channel/host-channel.ts';
import { ByteSender } from './byte-sender.ts';
import type { Copy } from './transfers.ts';

/**
 * Prepares a copy of `node` to the host: a tar archive on a stream of its own whose top is called `name`. Takes
 * the node over. The stream also ends when the copy fails, before the archive's end marker.
 */
export function copyOut(channel: HostChannel, node: FileNode, name: string): Copy {
  const stream = channel.allocateStream();
  const sender = new ByteSender(channel, stream);
  const aborting = new AbortController();
  const run = async (): Promise<CopyTotals> => {
    const totals: CopyTotals = { entries: 0, contentBytes: 0 };
    try {
      const options = { name, errorCode: 'guest', totals, signal: aborting.signal } as const;
      for await (const bytes of packTree(node, options)) await sender.write(bytes);
      return totals;
    } finally {
      sender.end();
      await closeFd(node.fd);
    }
  };
  const stop = (error: Error): void => {
    aborting.abort(error);
    sender.fail(error);
  };
  return { stream, run, stop };
}
