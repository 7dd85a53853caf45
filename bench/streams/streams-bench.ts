import type { Bench } from '../bench.ts';
import { executedInstructions, instructionCountArguments } from '../instruction-count.ts';
import { FirstbornSide } from './firstborn-side.ts';
import { PlainSide } from './plain-side.ts';
import { blockBytes } from './stream-bytes.ts';
import { type Move, reportStreams, type Round, type Rounds, type Way } from './stream-report.ts';
import { type Direction, directions, type StreamSide } from './stream-side.ts';

const mebibyte = 1024 * 1024;
const wholeAmount = { mebibytes: 64, rounds: 3 };
const quickAmount = { mebibytes: 8, rounds: 1 };

interface Amount {
  /** In each direction and round. */
  mebibytes: number;
  /** The machines count instructions. */
  counts: boolean;
}

async function moveOnce(
  side: StreamSide,
  direction: Direction,
  { mebibytes, counts }: Amount,
): Promise<Move> {
  const count = async (): Promise<number> => (counts ? await executedInstructions(side.qmp) : Number.NaN);
  const before = await count();
  const cpuBefore = process.cpuUsage();
  const startMs = performance.now();
  await side.move(direction, (mebibytes * mebibyte) / blockBytes);
  const seconds = (performance.now() - startMs) / 1000;
  const cpu = process.cpuUsage(cpuBefore);
  const instructions = (await count()) - before;
  return {
    mebibytesPerSecond: mebibytes / seconds,
    hostCpuMsPerMebibyte: (cpu.user + cpu.system) / 1000 / mebibytes,
    instructionsPerByte: counts ? instructions / (mebibytes * mebibyte) : undefined,
  };
}

async function measureRound(
  sides: Record<Way, StreamSide>,
  direction: Direction,
  amount: Amount,
): Promise<Round> {
  return {
    dd: await moveOnce(sides.dd, direction, amount),
    pipedDd: await moveOnce(sides.pipedDd, direction, amount),
    firstborn: await moveOnce(sides.firstborn, direction, amount),
  };
}

/** All directions in turns. The first round only warms up: compilers on both ends of the channel are at work then. */
async function measure(rounds: number, amount: Amount): Promise<Rounds> {
  const extraArguments = amount.counts ? instructionCountArguments : [];
  await using plain = await PlainSide.boot(extraArguments);
  await using firstborn = await FirstbornSide.boot(extraArguments);
  const sides = { dd: plain, pipedDd: plain.piped, firstborn };
  const result: Rounds = { out: [], in: [], both: [] };
  for (let round = 0; round <= rounds; round += 1) {
    for (const direction of directions) {
      const measured = await measureRound(sides, direction, amount);
      if (round > 0) result[direction].push(measured);
    }
  }
  return result;
}

/**
 * How fast bytes get through the channel, against a plain `dd` on the same port. Both machines are up at once and take
 * turns, so what disturbs one disturbs the other.
 */
export const streamsBench: Bench = {
  name: 'streams',
  summary: 'Throughput of streams against dd on the same port, in time and in guest instructions',
  async run(options) {
    const { mebibytes, rounds } = options.quick ? quickAmount : wholeAmount;
    options.onProgress(`streams: ${rounds} rounds of ${mebibytes} MiB by the clock`);
    const byTheClock = await measure(rounds, { mebibytes, counts: false });
    options.onProgress(`streams: ${rounds} rounds of ${mebibytes} MiB by instructions`);
    const byInstructions = await measure(rounds, { mebibytes, counts: true });
    return reportStreams({ byTheClock, byInstructions }, { mebibytes, rounds });
  },
};
