import type { LaunchConfig } from '../../launch-config.ts';
import type { SpecDeviceRule, SpecResources } from '../runtime-spec.ts';

/** Docker's period, in which `--cpus` is counted. */
const cpuPeriodMicroseconds = 100_000;

function memoryLimits(limits: LaunchConfig['limits']): SpecResources['memory'] {
  const { memoryBytes, memoryReservationBytes, memorySwapBytes } = limits;
  const memory = {
    ...(memoryBytes === undefined ? {} : { limit: memoryBytes }),
    ...(memoryReservationBytes === undefined ? {} : { reservation: memoryReservationBytes }),
    ...(memorySwapBytes === undefined ? {} : { swap: memorySwapBytes }),
  };
  return Object.keys(memory).length === 0 ? undefined : memory;
}

function cpuLimits(limits: LaunchConfig['limits']): SpecResources['cpu'] {
  const { cpus, cpuShares, cpusetCpus, cpusetMems } = limits;
  const quota = cpus === undefined ? undefined : Math.round(cpus * cpuPeriodMicroseconds);
  const cpu = {
    ...(quota === undefined ? {} : { quota, period: cpuPeriodMicroseconds }),
    ...(cpuShares === undefined ? {} : { shares: cpuShares }),
    ...(cpusetCpus === undefined ? {} : { cpus: cpusetCpus }),
    ...(cpusetMems === undefined ? {} : { mems: cpusetMems }),
  };
  return Object.keys(cpu).length === 0 ? undefined : cpu;
}

/** The launch config's limits in the runtime-spec's words. Pure. */
export function composeResources(limits: LaunchConfig['limits'], rules: SpecDeviceRule[]): SpecResources {
  const memory = memoryLimits(limits);
  const cpu = cpuLimits(limits);
  return {
    devices: rules,
    ...(memory === undefined ? {} : { memory }),
    ...(cpu === undefined ? {} : { cpu }),
    ...(limits.pids === undefined ? {} : { pids: { limit: limits.pids } }),
  };
}
