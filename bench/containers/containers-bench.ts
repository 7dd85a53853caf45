import type { Bench, BenchOptions } from '../bench.ts';
import { type ContainerCosts, reportContainers } from './containers-report.ts';
import { growthBetween, growthPerCycle } from './growth.ts';
import { IdleContainers, type Occupation } from './idle-containers.ts';

interface Amount {
  /** Containers that are alive at once. */
  alive: number;
  /** Containers that are started and killed again, one after the other. */
  cycles: number;
  /** Cycles before the first measurement: compilers are at work then. */
  warmup: number;
}

const wholeAmount: Amount = { alive: 100, cycles: 1000, warmup: 30 };
const quickAmount: Amount = { alive: 10, cycles: 100, warmup: 10 };
const samplesOfCycles = 20;

async function cycle(machine: IdleContainers, count: number): Promise<number> {
  let instructions = 0;
  for (let done = 0; done < count; done += 1) {
    instructions += await machine.start(1);
    instructions += await machine.killAll();
  }
  return instructions;
}

async function measure({ alive, cycles, warmup }: Amount, options: BenchOptions): Promise<ContainerCosts> {
  await using machine = await IdleContainers.boot();
  await cycle(machine, warmup);
  options.onProgress(`containers: ${alive} at once`);
  const before = await machine.occupation();
  const startInstructions = (await machine.start(alive)) / alive;
  const during = await machine.occupation();
  const endInstructions = (await machine.killAll()) / alive;
  const remains = growthBetween(before, await machine.occupation());
  options.onProgress(`containers: ${cycles} one after the other`);
  const cyclesApart = cycles / samplesOfCycles;
  const samples: Occupation[] = [await machine.occupation()];
  let instructions = 0;
  for (let taken = 0; taken < samplesOfCycles; taken += 1) {
    instructions += await cycle(machine, cyclesApart);
    samples.push(await machine.occupation());
  }
  return {
    startInstructions,
    endInstructions,
    perContainer: growthBetween(before, during, alive),
    remains,
    cycleInstructions: instructions / cycles,
    perCycle: growthPerCycle(samples, cyclesApart),
  };
}

/** What containers beside the workload cost, and whether anything of them stays. */
export const containersBench: Bench = {
  name: 'containers',
  summary: 'A hundred containers in one machine, and a thousand one after the other',
  async run(options) {
    const amount = options.quick ? quickAmount : wholeAmount;
    return reportContainers(await measure(amount, options), amount);
  },
};
