import type { MachineMetrics } from '../../protocol/metrics.ts';
import { toCount } from './counters.ts';

type InterfaceMetrics = MachineMetrics['interfaces'][number];

/** A sample must fit one frame, and a container may make interfaces. */
const maxInterfaces = 32;

/** Reads /proc/net/dev (proc(5)), the loopback included, at most 32 interfaces. */
export function parseNetDev(text: string): InterfaceMetrics[] {
  const interfaces: InterfaceMetrics[] = [];
  for (const [, name = '', rest = ''] of text.matchAll(/^\s*([^\s:]+):\s*(\d.*)$/gm)) {
    const figures = rest.split(/\s+/).map(toCount);
    const figure = (index: number): number => figures[index] ?? 0;
    interfaces.push({
      name,
      receivedBytes: figure(0),
      receivedPackets: figure(1),
      receiveErrors: figure(2),
      receiveDrops: figure(3),
      sentBytes: figure(8),
      sentPackets: figure(9),
      sendErrors: figure(10),
      sendDrops: figure(11),
    });
    if (interfaces.length === maxInterfaces) break;
  }
  return interfaces;
}
