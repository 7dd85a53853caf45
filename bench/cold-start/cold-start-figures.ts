import type { Figure } from '../bench.ts';
import { figureOf } from '../figures.ts';
import type { ColdStart } from './cold-start.ts';

const nanosecondsPerMs = 1e6;

/** `early mounts` as a part of a figure's name. */
const inName = (phase: string): string => phase.replaceAll(' ', '-');

type Read = (boot: ColdStart) => number | undefined;

/**
 * Up to the first line of an init's own script. Firstborn tells it by the clock, as the end of its timeline's first
 * entry: so many nanoseconds, which are as many instructions, before the workload looks at the clock.
 */
function countToJavascript({ counts, phases, workloadNs }: ColdStart): number | undefined {
  const [first] = phases ?? [];
  if (first !== undefined)
    return counts.workload - counts.kernel - (workloadNs - first.endMs * nanosecondsPerMs);
  return counts.javascript === undefined ? undefined : counts.javascript - counts.kernel;
}

/** What the boots of one machine come to, by the detail at the end of a figure's name. */
const countReaders: Readonly<Record<string, Read>> = {
  firmware: ({ counts }) => counts.kernel,
  init: ({ counts }) => counts.init - counts.kernel,
  node: ({ counts }) => (counts.node === undefined ? undefined : counts.node - counts.kernel),
  javascript: countToJavascript,
  workload: ({ counts }) => counts.workload - counts.kernel,
  'user-space': ({ counts }) => counts.workload - counts.init,
};
const clockReaders: Readonly<Record<string, Read>> = {
  'workload-clock': ({ workloadNs }) => workloadNs,
  ready: ({ readyNs }) => readyNs,
};

function phaseReaders(boots: readonly ColdStart[]): Record<string, Read> {
  // The first entry is all before the first phase: counted, not timed.
  const names = (boots[0]?.phases ?? []).slice(1).map(({ name }) => name);
  return Object.fromEntries(
    names.map((name): [string, Read] => [
      `phase/${inName(name)}`,
      ({ phases = [] }) => {
        const phase = phases.find((one) => one.name === name);
        return phase === undefined ? undefined : (phase.endMs - phase.startMs) * nanosecondsPerMs;
      },
    ]),
  );
}

function figuresOf(
  caseName: string,
  boots: readonly ColdStart[],
  readers: Readonly<Record<string, Read>>,
  unit: Figure['unit'],
): Figure[] {
  return Object.entries(readers).flatMap(([detail, read]) => {
    const values = boots.map(read).filter((value) => value !== undefined);
    // A count of instructions holds no waiting; a clock may have waited for the host.
    const figure = (): Figure => figureOf(`${caseName}/${detail}`, unit, values, unit === 'instructions');
    return values.length === 0 ? [] : [figure()];
  });
}

/** The figures of one machine, of all of its boots. Pure. */
export function coldStartFigures(caseName: string, boots: readonly ColdStart[]): Figure[] {
  return [
    ...figuresOf(caseName, boots, countReaders, 'instructions'),
    ...figuresOf(caseName, boots, { ...clockReaders, ...phaseReaders(boots) }, 'virtual ns'),
  ];
}
