import { closeSync } from 'node:fs';
import type { Native } from '../../addon/native.ts';
import { Plan } from '../../addon/plan.ts';
import { pathInDirectory } from '../../protocol/files/descriptor-calls.ts';
import { readHandshake } from '../container/handshake.ts';

const ownerOnlyMode = 0o600;

/**
 * Makes a FIFO, which Node can't. In a child, because mknod(2) on a frozen file system hangs until it is
 * thawed, and PID 1 has the thawing to do. The reaper takes the child for an orphan. Rejects with a system error.
 */
export async function makeFifo(native: Native, directoryFd: number, name: string): Promise<void> {
  if (!name.isWellFormed()) throw new RangeError('the name of a FIFO must be UTF-8');
  const plan = new Plan().makeNode(
    pathInDirectory(directoryFd, name).toString(),
    'fifo',
    ownerOnlyMode,
    0,
    0,
  );
  const child = native.spawn(plan.bytes(), { namespaces: 0, cgroupFd: -1 });
  closeSync(child.pidfd);
  const handshake = await readHandshake(native, child.handshakeFd).outcome;
  if (handshake.state === 'ended') return;
  if (handshake.state !== 'failed') throw new Error('the child that should make the FIFO was killed');
  const { syscall, errno, code } = plan.describeFailure(handshake.failure);
  throw Object.assign(new Error(`${code} in ${syscall}`), { syscall, errno, code });
}
