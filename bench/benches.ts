import type { Bench } from './bench.ts';
import { coldStart } from './cold-start/bench.ts';
import { memory } from './memory/bench.ts';

/** What `npm run bench` runs without a name, in this order. */
export const benches: readonly Bench[] = [coldStart, memory];
