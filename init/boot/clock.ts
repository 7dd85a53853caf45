/** Milliseconds since the kernel started (CLOCK_MONOTONIC counts from boot), to a tenth. */
export function sinceKernelStartMs(): number {
  return Number(process.hrtime.bigint() / 100_000n) / 10;
}
