import type { RawGuest } from '../../test/support/raw-guest.ts';
import { bootCountedGuest } from '../counted-machine.ts';
import { ExecRunner } from '../exec-runner.ts';
import { executedInstructions } from '../instruction-count.ts';

/** What one round trip takes: guest instructions, but for `wallMs`. */
export interface RoundTripCost {
  total: number;
  /** Within the container's cgroup: from the clone on, so the plan before its execve is in it. */
  container: number;
  /** Init and the kernel on its behalf: all that is not the container's. */
  rest: number;
  /** Host's time per round trip. It depends on what else the host does. */
  wallMs: number;
}

export interface RoundTrips {
  /** A cost per round. */
  exec: RoundTripCost[];
  ping: RoundTripCost[];
  /** After all rounds. */
  init: { residentBytes: number; heapUsedBytes: number; openFds: number };
}

export interface RoundTripAmount {
  /** Round trips in a round. */
  count: number;
  /** Round trips before the first round: compilers are at work then. */
  warmup: number;
  rounds: number;
}

/** What the container has used is asked for by a request, which is work of the guest: never within the total. */
async function containerInstructions(guest: RawGuest): Promise<number> {
  const { containers } = await guest.request('metrics', {});
  // With a nanosecond for each instruction, the kernel's account of CPU time is one of instructions.
  return (containers[0]?.cpu?.usageUs ?? 0) * 1000;
}

/** The mean of `count` round trips, one after the other. */
async function measure(guest: RawGuest, count: number, once: () => Promise<unknown>): Promise<RoundTripCost> {
  const containerBefore = await containerInstructions(guest);
  const before = await executedInstructions(guest.qmp);
  const startMs = performance.now();
  for (let done = 0; done < count; done += 1) await once();
  const wallMs = (performance.now() - startMs) / count;
  const total = ((await executedInstructions(guest.qmp)) - before) / count;
  const container = ((await containerInstructions(guest)) - containerBefore) / count;
  return { total, container, rest: total - container, wallMs };
}

/** Boots a machine and runs `true` in its container again and again, and the smallest request beside it. */
export async function measureRoundTrips({ count, warmup, rounds }: RoundTripAmount): Promise<RoundTrips> {
  await using guest = await bootCountedGuest();
  const runner = new ExecRunner(guest.client);
  const exec = (): Promise<number> => runner.run(['true']);
  const ping = (): Promise<undefined> => guest.request('ping', undefined);
  for (let done = 0; done < warmup; done += 1) {
    await exec();
    await ping();
  }
  const trips: Pick<RoundTrips, 'exec' | 'ping'> = { exec: [], ping: [] };
  for (let round = 0; round < rounds; round += 1) {
    trips.exec.push(await measure(guest, count, exec));
    trips.ping.push(await measure(guest, count, ping));
  }
  const { machine } = await guest.request('metrics', {});
  return { ...trips, init: machine.init };
}
