import * as z from 'zod';
import { BootTimelineEvent, type BootStep, ReadyEvent } from '../../protocol/messages.ts';
import { type BootTimeline, BootTimelineAddition, type HostTimes } from './boot-timeline.ts';
import { hostTimeline } from './host-timeline.ts';

/** A line of an events log, as far as it matters here. */
export const RecordedLine = z.object({
  unixMs: z.number(),
  machine: z.object({ id: z.string(), name: z.string() }),
  event: z.looseObject({ event: z.string() }),
});
export type RecordedLine = z.infer<typeof RecordedLine>;

const CreatedEvent = z.object({ image: z.string().optional(), preparationMs: z.number().optional() });

interface Creation {
  unixMs: number;
  image: string | undefined;
  preparationMs: number | undefined;
}

interface Boot {
  machine: RecordedLine['machine'];
  /** Nothing was booted between the machine's creation and this. */
  isFirst: boolean;
  ready: ReadyEvent | undefined;
  timeline: (BootTimelineEvent & BootTimelineAddition) | undefined;
  arrivals: { unixMs: number; guestMs: number }[];
}

/** Puts together the latest boot that came to its workload, from the events of one machine in their order. */
export class RecordedBoot {
  #creation: Creation | undefined;
  /** The boot that is being told. */
  #boot: Boot | undefined;
  /** The latest that is ready. */
  #ready: Boot | undefined;

  /** Takes one more event; those that say nothing of a boot, or make no sense, are passed over. */
  take({ unixMs, machine, event }: RecordedLine): void {
    if (event.event === 'created') {
      const { image, preparationMs } = CreatedEvent.safeParse(event).data ?? {};
      this.#creation = { unixMs, image, preparationMs };
    } else if (event.event === 'start') {
      const isFirst = this.#creation !== undefined && this.#boot === undefined;
      this.#boot = { machine, isFirst, ready: undefined, timeline: undefined, arrivals: [] };
    } else this.#takeGuestEvent(event, machine, unixMs);
  }

  /** Whether the latest boot is told to its end: its workload runs, and the guest has told where the time went. */
  get isComplete(): boolean {
    return this.#boot !== undefined && this.#ready === this.#boot && this.#boot.timeline !== undefined;
  }

  /** `undefined` when none of the boots came to the workload. Of a guest that tells no timeline there are the phases. */
  get timeline(): BootTimeline | undefined {
    if (this.#ready?.ready === undefined) return undefined;
    const { ready, timeline, machine } = this.#ready;
    const steps = timeline?.steps ?? phaseSteps(ready);
    const { host, board, accelerator, cpus, memoryMiB } = timeline ?? {};
    const image = this.#creation?.image;
    const details = { image, board, accelerator, cpus, memoryMiB };
    return {
      version: 1,
      machine: { id: machine.id, name: machine.name, kernel: ready.kernel, ...withoutGaps(details) },
      workloadMs: timeline?.workloadMs ?? ready.timeMs,
      readyMs: ready.timeMs,
      steps,
      ...(host === undefined ? {} : { host: this.#host(this.#ready, host, steps) }),
    };
  }

  #takeGuestEvent(event: RecordedLine['event'], machine: RecordedLine['machine'], unixMs: number): void {
    // The log may begin behind the start, its older half being gone.
    const boot = (this.#boot ??= {
      machine,
      isFirst: false,
      ready: undefined,
      timeline: undefined,
      arrivals: [],
    });
    // What comes later is none of the boot's, and the clocks drift.
    if (boot.timeline !== undefined) return;
    if (event.event === 'ready') {
      boot.ready = ReadyEvent.safeParse(event).data;
      if (boot.ready !== undefined) this.#ready = boot;
    }
    if (event.event === 'boot-timeline') {
      const told = BootTimelineEvent.safeParse(event).data;
      const added = BootTimelineAddition.safeParse(event).data;
      if (told !== undefined) boot.timeline = { ...told, ...added };
    }
    const guestMs = event['timeMs'];
    if (typeof guestMs === 'number' && Number.isFinite(guestMs)) boot.arrivals.push({ unixMs, guestMs });
  }

  #host({ isFirst, arrivals }: Boot, times: HostTimes, steps: BootStep[]): BootTimeline['host'] {
    const { preparationMs, unixMs = 0 } = this.#creation ?? {};
    const preparation =
      isFirst && preparationMs !== undefined ? { durationMs: preparationMs, endUnixMs: unixMs } : undefined;
    return hostTimeline({ ...times, preparation, arrivals }, steps);
  }
}

function phaseSteps({ timeline }: ReadyEvent): BootStep[] {
  return timeline.map((entry, index) => ({ kind: index === 0 ? 'kernel' : 'phase', ...entry }));
}

function withoutGaps<Value extends object>(value: Value): { [Key in keyof Value]?: NonNullable<Value[Key]> } {
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(entries) as { [Key in keyof Value]?: NonNullable<Value[Key]> };
}
