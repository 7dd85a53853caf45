import type { Native } from '../../addon/native.ts';
import { closeFd } from '../../protocol/files/descriptor-calls.ts';
import type { CopyTotals } from '../../protocol/files/pack-tree.ts';
import { unpackTree } from '../../protocol/files/unpack-tree.ts';
import type { HostChannel } from '../channel/host-channel.ts';
import { ByteReceiver } from './byte-receiver.ts';
import { makeFifo } from './make-fifo.ts';
import type { Copy } from './transfers.ts';

/**
 * Prepares a copy from the host: the tar archive on a stream of its own is unpacked into a directory. Takes the
 * directory's descriptor over. Devices are refused: the container itself could not make them either.
 */
export function copyIn(native: Native, channel: HostChannel, directoryFd: number): Copy {
  const stream = channel.allocateStream();
  const receiver = new ByteReceiver(channel, stream);
  const aborting = new AbortController();
  const run = async (): Promise<CopyTotals> => {
    try {
      return await unpackTree(receiver, directoryFd, {
        archive: 'the archive of the copy',
        errorCode: 'guest',
        keepOwnership: true,
        makeFifo: (fd, name) => makeFifo(native, fd, name),
        signal: aborting.signal,
      });
    } finally {
      receiver.discard();
      await closeFd(directoryFd);
    }
  };
  const stop = (error: Error): void => {
    aborting.abort(error);
    receiver.fail(error);
  };
  return { stream, run, stop, release: () => receiver.close() };
}
