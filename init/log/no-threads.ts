/**
 * Stands in for `worker_threads` and pino's thread-stream in the bundle. pino starts threads only for its
 * transports, which init does not use; PID 1 must not even contain what could start one.
 */
export const isMainThread = true;

export default function noThreadStream(): never {
  throw new Error('Cannot start a log transport in PID 1');
}
