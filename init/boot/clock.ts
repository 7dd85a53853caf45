/** Milliseconds since the kernel started (CLOCK_MONOTONIC counts from boot), to a tenth. */
export function sinceKernelStartMs(nowNs: bigint = process.hrtime.bigint()): number {
  return Number(nowNs / 100_000n) / 10;
}
