import type { Metrics } from '../../../protocol/messages.ts';

/** Metrics that every schema accepts. */
export function sampleMetrics(): Metrics {
  return {
    timeMs: performance.now(),
    machine: {
      uptimeMs: performance.now(),
      onlineCpus: 1,
      load: [0.5, 0.25, 0.125],
      cpu: { userUs: 1000, systemUs: 2000, idleUs: 3000, ioWaitUs: 0, stealUs: 0 },
      memory: {
        totalBytes: 512 * 1024 * 1024,
        freeBytes: 256 * 1024 * 1024,
        availableBytes: 300 * 1024 * 1024,
        cachedBytes: 0,
        swapTotalBytes: 0,
        swapFreeBytes: 0,
      },
      pressure: {},
      disks: [],
      interfaces: [],
      init: { residentBytes: 42 * 1024 * 1024, openFds: 20, heapUsedBytes: 8 * 1024 * 1024 },
    },
    containers: [{ id: 'main', pressure: {} }],
  };
}
