import type { Bench } from '../bench.ts';
import { reportRoundTrips } from './exec-report.ts';
import { measureRoundTrips, type RoundTripAmount } from './round-trips.ts';

const amount: RoundTripAmount = { count: 200, warmup: 50, rounds: 3 };
/** Not a tenth of everything: without a warm-up init's code is interpreted, which is another measurement. */
const quickAmount: RoundTripAmount = { count: 30, warmup: 50, rounds: 1 };

/** What one exec costs the guest, and beside it the smallest request: so the channel's own part can be told. */
export const execBench: Bench = {
  name: 'exec',
  summary: 'The round trip of an exec and of a ping, in guest instructions',
  async run(options) {
    const chosen = options.quick ? quickAmount : amount;
    options.onProgress(`exec: ${chosen.warmup + chosen.rounds * chosen.count} execs in one machine`);
    return reportRoundTrips(await measureRoundTrips(chosen), chosen);
  },
};
