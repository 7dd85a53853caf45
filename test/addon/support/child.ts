import { closeSync } from 'node:fs';
import { fdEvents, type ReapedChild, type SpawnResult } from '../../../addon/native.ts';
import { type FailureDescription, Plan } from '../../../addon/plan.ts';
import { decodeHandshake, type Handshake } from '../../../addon/spawn.ts';
import { native } from './native.ts';

/** Everything a finished child has left. */
export interface ChildResult {
  pid: number;
  handshake: Handshake;
  /** The operation that failed, in words. */
  failure?: FailureDescription;
  exit: ReapedChild;
  /** Its stdout and stderr. */
  output: string;
}

export interface ChildOptions {
  namespaces?: number;
  cgroupFd?: number;
  pidNamespaceFd?: number;
}

/** Spawns a plan with a pipe as stdout and stderr and waits for its end. `build` appends the operations. */
export async function runChild(
  build: (plan: Plan) => void,
  options: ChildOptions = {},
): Promise<ChildResult> {
  const output = native.makePipe();
  const plan = new Plan().duplicateFd(output.writeFd, 1).duplicateFd(output.writeFd, 2);
  build(plan);
  const child = native.spawn(plan.bytes(), { namespaces: 0, cgroupFd: -1, ...options });
  closeSync(output.writeFd);
  const [text, handshake] = await Promise.all([readToEnd(output.readFd), readHandshake(child)]);
  const exit = await waitForEnd(child);
  return {
    pid: child.pid,
    handshake,
    ...(handshake.state === 'failed' ? { failure: plan.describeFailure(handshake.failure) } : {}),
    exit,
    output: text.toString(),
  };
}

/** Ends a plan with a shell that runs `script`. */
export function shell(plan: Plan, script: string): Plan {
  return plan.execute(['/bin/sh'], ['sh', '-c', script], ['PATH=/usr/sbin:/usr/bin:/sbin:/bin']);
}

/** Reads the handshake to its end and closes it. */
export async function readHandshake(child: SpawnResult): Promise<Handshake> {
  return decodeHandshake(await readToEnd(child.handshakeFd));
}

/** Reads a descriptor to its end and closes it. */
export function readToEnd(fd: number): Promise<Buffer> {
  native.setNonblocking(fd, true);
  const chunks: Buffer[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const watch = native.watchFd(fd, fdEvents.readable, () => {
    try {
      const buffer = Buffer.alloc(65_536);
      const length = native.readSome(fd, buffer);
      if (length > 0) chunks.push(buffer.subarray(0, length));
      if (length === 0) {
        watch.close();
        closeSync(fd);
        resolve(Buffer.concat(chunks));
      }
    } catch (error) {
      watch.close();
      reject(error);
    }
  });
  return promise;
}

/** Children that were reaped while another one was waited for. */
const reaped = new Map<number, ReapedChild>();

/** Waits until the pidfd says that the child has ended, reaps it and closes the pidfd. */
export async function waitForEnd(child: { pid: number; pidfd: number }): Promise<ReapedChild> {
  await readable(child.pidfd);
  closeSync(child.pidfd);
  for (let next = native.reapChild(); next !== null; next = native.reapChild()) reaped.set(next.pid, next);
  const exit = reaped.get(child.pid);
  if (exit === undefined) throw new Error(`Cannot find the end of process ${child.pid}`);
  reaped.delete(child.pid);
  return exit;
}

/** Waits until a descriptor is readable, once. */
export function readable(fd: number): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  const watch = native.watchFd(fd, fdEvents.readable, (events) => {
    watch.close();
    resolve(events);
  });
  return promise;
}
