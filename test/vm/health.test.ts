/** The health check of an image, over one boot: it passes, fails, recovers, hangs and is killed. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { MachineInfo, RecordedEvent } from '../../host/client/index.ts';
import type { HealthEvent } from '../../protocol/messages.ts';
import { done } from '../support/command.ts';
import { scratchDirectory } from '../support/disks.ts';
import { writeEditedImage } from '../support/edited-image.ts';
import { LiveMachine } from '../support/live-machine.ts';

/** Generous: an emulated machine beside another one, and three checks that take their whole time. */
const eventDeadlineMs = 60_000;
const timeoutMs = 3_000;

/** Says who runs it; /flags tells it what to do. What it starts when it hangs is in its process group. */
const check = `
if [ -e /flags/hang ]; then echo hanging; sleep 4242 & sleep 4242; fi
if [ -e /flags/broken ]; then echo broken >&2; exit 3; fi
echo fine $(id -u) $FROM_IMAGE`;

const scratch = scratchDirectory();
let live: LiveMachine;
let events: AsyncIterator<RecordedEvent>;

before(async () => {
  const image = writeEditedImage(join(scratch.path, 'layout'), ({ config }) => {
    config['User'] = 'app';
    config['Healthcheck'] = {
      Test: ['CMD-SHELL', check],
      Interval: 200e6,
      Timeout: timeoutMs * 1e6,
      Retries: 3,
    };
  });
  live = await LiveMachine.boot({
    image,
    workload: { command: ['sh', '-c', 'trap "exit 0" TERM; while :; do sleep 1000 & wait $!; done'] },
  });
  events = live.machine.events({ follow: true })[Symbol.asyncIterator]();
});
after(async () => {
  await events.return?.();
  await live[Symbol.asyncDispose]();
  scratch[Symbol.dispose]();
});

async function nextEvent(): Promise<RecordedEvent['event']> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no event came\n${live.console}`)), eventDeadlineMs);
  try {
    const { value } = (await Promise.race([events.next(), late])) as { value: RecordedEvent | undefined };
    assert.ok(value !== undefined, 'the machine has ended');
    return value.event;
  } finally {
    clearTimeout(timer);
  }
}

/** The next word on the health. */
async function nextHealth(): Promise<Partial<HealthEvent>> {
  for (;;) {
    const event = await nextEvent();
    if (event.event !== 'health') continue;
    const { status, failingStreak, exitCode, output } = event;
    return {
      status,
      failingStreak,
      ...(exitCode === undefined ? {} : { exitCode }),
      ...(output === undefined ? {} : { output }),
    };
  }
}

const asRoot = (script: string): Promise<string> => live.shell(script, { user: '0' });
const fine = { status: 'healthy', failingStreak: 0, exitCode: 0, output: 'fine 1000 image\n' };

async function psStatus(...words: string[]): Promise<string[]> {
  const rows = await done(['ps', '--json', ...words]);
  return rows
    .split('\n')
    .filter(Boolean)
    .map((row) => JSON.parse(row) as { id: string; status: string; health: string })
    .filter(({ id }) => id === live.machine.id)
    .map(({ status, health }) => `${health}: ${status.replace(/^Up .* \(/, 'Up (')}`);
}

test('it is starting until the first check, which runs as the container’s user in its environment', async () => {
  assert.deepEqual(await nextHealth(), { status: 'starting', failingStreak: 0 });
  assert.deepEqual(await nextHealth(), fine);
  assert.deepEqual(await psStatus('--filter', 'health=healthy'), ['healthy: Up (healthy)']);
});

test('so many failures in a row as it may have make it unhealthy, and one success healthy', async () => {
  await asRoot('mkdir -p /flags && touch /flags/broken');
  const unhealthy = { status: 'unhealthy', failingStreak: 3, exitCode: 3, output: 'broken\n' };
  assert.deepEqual(await nextHealth(), unhealthy, 'failures that change nothing are not told');
  assert.deepEqual(await psStatus('--filter', 'health=unhealthy'), ['unhealthy: Up (unhealthy)']);
  assert.deepEqual(await psStatus('--filter', 'health=healthy'), []);
  const [inspected] = JSON.parse(await done(['inspect', live.machine.id])) as MachineInfo[];
  const { unixMs, ...recorded } = inspected?.status.health ?? {};
  assert.deepEqual(recorded, unhealthy);
  assert.equal(typeof unixMs, 'number');
  await asRoot('rm /flags/broken');
  assert.deepEqual(await nextHealth(), fine);
});

test('a check that hangs is killed with all of its group, and has failed', async () => {
  await asRoot('touch /flags/hang');
  const { output, ...unhealthy } = await nextHealth();
  assert.deepEqual(unhealthy, { status: 'unhealthy', failingStreak: 3 });
  assert.equal(output, `Cannot finish the health check within ${timeoutMs} ms: hanging\n`);
  await asRoot('rm /flags/hang');
  assert.deepEqual(await nextHealth(), fine);
  assert.equal(await live.shell('ps -o args | grep -c "^sleep 4242" || true'), '0');
});

test('no check leaves a zombie, an exec or an event of one behind', async () => {
  // The workload's shell collects what the killed checks have left to it when its own child ends.
  await live.shell('kill $(pidof sleep)', { user: 'app' });
  await live.shell('while ps -o stat | grep -q "^Z"; do sleep 0.1; done');
  const told = [];
  for await (const { event } of live.machine.events()) told.push(event);
  const ended = told.filter(({ event }) => event === 'exec-exit').map((event) => event as { exec: number });
  const numbers = ended.map(({ exec }) => exec);
  assert.deepEqual(
    numbers,
    [...numbers.keys()].map((index) => index + 1),
    'only the test’s own are numbered',
  );
});

test('a stop ends the checks, and what was last said stays', async () => {
  await live.machine.stop();
  assert.equal((await live.machine.wait()).code, 0);
  const { state, status } = await live.machine.info();
  assert.deepEqual([state, status.health?.status], ['exited', 'healthy']);
  assert.match((await psStatus('-a'))[0] ?? '', /^none: Exited \(0\)/);
});
