import assert from 'node:assert/strict';
import { afterEach, it, mock } from 'node:test';
import * as fc from 'fast-check';
import { WholeChannel } from '../support/whole-channel.ts';

afterEach(() => mock.timers.reset());

/** A new channel in a time of its own, which passes only where the channel says so. */
function open(): WholeChannel {
  mock.timers.reset();
  mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  return new WholeChannel((ms) => mock.timers.tick(ms));
}

/** One thing that may happen; `n` is how much of it. */
type Happening = { what: Step; n: number };
type Step = 'output' | 'read' | 'input' | 'turn' | 'move' | 'toGuest' | 'toHost' | 'event' | 'break';

const sizes = fc.oneof(fc.nat(40), fc.nat(5000), fc.nat(90_000));
/** Mostly traffic, now and then a break. */
const happenings = fc.array(
  fc.record<Happening>({
    what: fc.constantFrom<Step>(
      ...(['output', 'output', 'input', 'read', 'turn', 'event', 'break'] as const),
      ...(['move', 'move', 'move', 'toGuest', 'toGuest', 'toHost', 'toHost'] as const),
    ),
    n: sizes,
  }),
  { minLength: 20, maxLength: 120 },
);

async function happen(
  channel: WholeChannel,
  { what, n }: Happening,
  breaks: () => Promise<void>,
): Promise<void> {
  switch (what) {
    case 'output':
      channel.workloadWrites(n);
      break;
    case 'read':
      channel.workloadReads(n);
      break;
    case 'input':
      channel.hostWrites(n);
      break;
    case 'turn':
      channel.hostTurns();
      break;
    case 'event':
      channel.announce();
      break;
    case 'move':
      await channel.move(n, n);
      break;
    case 'toGuest':
      await channel.move(n, 0);
      break;
    case 'toHost':
      await channel.move(0, n);
      break;
    case 'break':
      await breaks();
      break;
    default:
      what satisfies never;
  }
}

async function live(
  steps: readonly Happening[],
  breaks: (channel: WholeChannel) => Promise<void>,
): Promise<WholeChannel> {
  const channel = open();
  try {
    for (const step of steps) await happen(channel, step, async () => await breaks(channel));
    channel.workloadClosesOutput();
    await channel.finish(() => channel.outputEnded && channel.seenEvents === channel.announced);
    assert.deepEqual(channel.problems, []);
    assert.equal(channel.loggedBytes, channel.outputBytes);
    assert.equal(channel.outputEnded, true);
    assert.equal(channel.seenEvents, channel.announced);
  } catch (error) {
    channel.dispose();
    throw error;
  }
  return channel;
}

it('a transport cut anywhere loses and doubles no byte and no event, in either direction', async () => {
  await fc.assert(
    fc.asyncProperty(happenings, async (steps) => {
      const channel = await live(steps, async (one) => await one.cut());
      try {
        channel.client.writableStream(1).end();
        await channel.finish(() => channel.inputEnded);
        assert.deepEqual(channel.problems, []);
        assert.deepEqual([channel.readBytes, channel.inputEnded], [channel.inputBytes, true]);
      } finally {
        channel.dispose();
      }
    }),
    { numRuns: 60 },
  );
});

it('a host killed anywhere leaves a log in which every byte and every event is once', async () => {
  await fc.assert(
    fc.asyncProperty(happenings, async (steps) => {
      const outputOnly = steps.filter(({ what }) => what !== 'input');
      const channel = await live(outputOnly, async (one) => await one.killHost());
      channel.dispose();
    }),
    { numRuns: 60 },
  );
});
