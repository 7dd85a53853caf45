/**
 * Finds the rate of the host's time stamp counter in the text of /proc/cpuinfo (proc(5)). The nominal rate
 * in the model name comes first because the counter runs at it whatever the clock does at the moment;
 * `cpu MHz` is exact in virtual machines and good enough elsewhere. Pure; `undefined` when neither is there.
 */
export function tscKHzFromCpuInfo(cpuInfo: string): number | undefined {
  const nominal = /^model name\s*:.*@\s*(\d+(?:\.\d+)?)\s*GHz/m.exec(cpuInfo)?.[1];
  if (nominal !== undefined) return Math.round(Number(nominal) * 1_000_000);
  const current = /^cpu MHz\s*:\s*(\d+(?:\.\d+)?)/m.exec(cpuInfo)?.[1];
  return current === undefined ? undefined : Math.round(Number(current) * 1000);
}
