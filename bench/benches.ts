import type { Bench } from './bench.ts';
import { coldStart } from './cold-start/bench.ts';
import { containersBench } from './containers/containers-bench.ts';
import { execBench } from './exec/exec-bench.ts';
import { imagesBench } from './images/images-bench.ts';
import { memory } from './memory/bench.ts';
import { processesBench } from './processes/processes-bench.ts';
import { streamsBench } from './streams/streams-bench.ts';

/** What `npm run bench` runs without a name, in this order. */
export const benches: readonly Bench[] = [
  coldStart,
  memory,
  execBench,
  streamsBench,
  processesBench,
  containersBench,
  imagesBench,
];
