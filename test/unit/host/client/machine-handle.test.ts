import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { describe, it as declare, type TestContext } from 'node:test';
import type { Attachment, CreateRequest, Firstborn, Machine } from '../../../../host/client/index.ts';
import { processesEnded } from '../../../../host/client/process-end.ts';
import { isAlive, killProcess } from '../../../../host/machine/liveness.ts';
import { MachineDirectory } from '../../../../host/machine/machine-directory.ts';
import { writeStatus } from '../../../../host/machine/machine-files.ts';
import { patternBytes } from '../../../support/fake-vm/guest-programs.ts';
import type { Scenario } from '../../../support/fake-vm/scenario.ts';
import { fakeFirstborn } from './fake-installation.ts';

const it = (name: string, run: (context: TestContext) => Promise<void>): void => {
  void declare(name, { timeout: 60_000 }, run);
};

const joined = { attach: { stdin: true, replay: false, wait: true } };

async function create(
  context: TestContext,
  scenario: Scenario,
  changes: Partial<CreateRequest> = {},
): Promise<{ firstborn: Firstborn; machine: Machine }> {
  const { firstborn, image } = fakeFirstborn(context, scenario);
  const { stdin = false, terminal } = scenario;
  const workload = { stdin, terminal: terminal === true ? { rows: 24, columns: 80 } : undefined };
  const machine = await firstborn.create({ image, accelerator: 'tcg', workload, ...changes });
  return { firstborn, machine };
}

async function killMonitor(machine: Machine): Promise<void> {
  const { monitor } = (await machine.info()).status;
  if (monitor === null) return;
  killProcess(monitor);
  await processesEnded([monitor]);
}

describe('Machine', () => {
  it('runs once: streams, exit, logs and events', async (context) => {
    const { machine } = await create(context, { workloads: [['both', 'out\n', 'err\n', '7']] });
    const { stdout, stderr, stdin } = (await machine.start(joined)) as Attachment;
    assert.equal(stdin, undefined);
    assert.deepEqual(await Promise.all([text(stdout), text(stderr as Readable)]), ['out\n', 'err\n']);
    assert.deepEqual(await machine.wait(), { code: 7, reason: 'exited' });
    const lines: string[] = [];
    for await (const { stream, bytes } of machine.logs()) lines.push(`${stream} ${bytes.toString()}`);
    assert.deepEqual(lines.toSorted(), ['stderr err\n', 'stdout out\n']);
    const events: string[] = [];
    for await (const { event } of machine.events()) events.push(event.event);
    assert.deepEqual(events, ['created', 'start', 'started', 'ready', 'exit', 'end']);
    assert.equal((await machine.info()).state, 'exited');
    await assert.rejects(machine.exec({ args: ['x'] }), /: it has ended$|: the machine is not running$/);
  });

  it('tells where the time of its boot went, running or ended', async (context) => {
    const { machine } = await create(context, { workloads: [['sleep']], timeline: true });
    await assert.rejects(machine.bootTimeline(), { code: 'host', message: /its workload has not run$/ });
    await machine.start();
    await machine.ready();
    const timeline = await machine.bootTimeline();
    assert.deepEqual(timeline.steps, [{ kind: 'kernel', name: 'kernel', startMs: 0, endMs: 0.5 }]);
    assert.equal(timeline.workloadMs, 0.5);
    const { name, kernel, memoryMiB } = timeline.machine;
    assert.deepEqual([name, kernel, memoryMiB], [machine.name, '6.1.0-fake', 512]);
    const names = timeline.host?.steps.map((step) => step.name) ?? [];
    for (const wanted of ['start of QEMU', 'handshake', 'ready seen'])
      assert.ok(names.includes(wanted), wanted);
    await machine.stop();
    await machine.wait();
    assert.deepEqual(await machine.bootTimeline(), timeline);
  });

  it('does not wait for ever for the timeline of a guest that tells none', async (context) => {
    const { machine } = await create(context, { workloads: [['sleep']] });
    await machine.start();
    await machine.ready();
    assert.deepEqual((await machine.bootTimeline()).steps, []);
    await assert.rejects(machine.bootTimeline({ signal: AbortSignal.abort(new Error('enough')) }), /enough/);
    await machine.stop();
  });

  it('knows the exit of a machine that removes itself', async (context) => {
    const { machine } = await create(context, { workloads: [['print', 'x', '3']] }, { autoRemove: true });
    const attachment = (await machine.start(joined)) as Attachment;
    assert.equal(await text(attachment.stdout), 'x');
    assert.deepEqual(await attachment.ended, { how: 'ended' });
    assert.deepEqual(await machine.wait(), { code: 3, reason: 'exited' });
    while (existsSync(machine.directory)) await new Promise(setImmediate);
    assert.deepEqual(await machine.wait(), { code: 3, reason: 'exited' });
    await assert.rejects(machine.info(), { code: 'host' });
  });

  it('tells whoever waits for the workload that it never came to it', async (context) => {
    const { machine } = await create(context, { workloads: [['no-such-command']] });
    await machine.start();
    await assert.rejects(machine.ready(), { code: 'vm' });
    const { code, reason } = await machine.wait();
    assert.deepEqual([code, reason], [127, 'not-started']);
  });

  it('passes input on, up to its end', async (context) => {
    const { machine } = await create(context, { workloads: [['cat']], stdin: true }, { stdinOnce: true });
    const { stdin, stdout } = (await machine.start(joined)) as Attachment;
    const bytes = patternBytes(300_000);
    stdin?.end(bytes);
    assert.ok((await buffer(stdout)).equals(bytes));
    assert.equal((await machine.wait()).code, 0);
  });

  it('runs processes beside the workload, both ways at once', async (context) => {
    const { machine } = await create(context, { workloads: [['sleep']] });
    await machine.start();
    await machine.ready();
    const session = await machine.exec({ args: ['cat'], stdin: true });
    const bytes = patternBytes(4_000_000);
    session.stdin?.end(bytes);
    assert.ok((await buffer(session.stdout as Readable)).equals(bytes));
    session.stderr?.resume();
    assert.deepEqual(await session.exited, { code: 0, reason: 'exited' });
    await assert.rejects(machine.exec({ args: ['no-such-command'] }), {
      code: 'guest',
      message: 'Cannot execute "no-such-command"',
    });
  });

  it('signals a process, and leaves one that is to go on', async (context) => {
    const { machine } = await create(context, { workloads: [['sleep']] });
    await machine.start();
    await machine.ready();
    const stopped = await machine.exec({ args: ['sleep'] });
    stopped.stdout?.resume();
    stopped.stderr?.resume();
    await stopped.signal(15);
    assert.equal((await stopped.exited).code, 143);
    const left = await machine.exec({ args: ['sleep'] });
    left.close();
    await assert.rejects(left.exited, { code: 'channel' });
    const detached = await machine.exec({ args: ['sleep'], detach: true });
    assert.deepEqual([detached.stdin, detached.stdout, detached.stderr], [undefined, undefined, undefined]);
    detached.close();
  });

  it('gives late joiners the last output, and lets them go', async (context) => {
    const { machine } = await create(context, { workloads: [['cat']], stdin: true });
    const first = (await machine.start(joined)) as Attachment;
    first.stdin?.write('hello');
    await once(first.stdout, 'data');
    const late = await machine.attach({ stdin: false, replay: true, wait: false });
    const [piece] = (await once(late.stdout, 'data')) as [Buffer];
    assert.deepEqual([piece.toString(), late.stdin], ['hello', undefined]);
    late.close();
    assert.deepEqual(await late.ended, { how: 'closed' });
    await machine.stop();
    assert.deepEqual(await first.ended, { how: 'ended' });
  });

  it('has logs that can be followed to their last line', async (context) => {
    const { machine } = await create(context, { workloads: [['lines', '50', '1']] }, { autoRemove: true });
    await machine.start();
    const lines: string[] = [];
    for await (const { bytes } of machine.logs({ follow: true })) lines.push(bytes.toString());
    assert.deepEqual([lines.length, lines.at(-1)], [50, 'line 50\n']);
  });

  it('gives metrics once and again until it ends', async (context) => {
    const { machine } = await create(context, { workloads: [['sleep']] });
    await machine.start();
    await machine.ready();
    assert.equal((await machine.metrics()).containers[0]?.id, 'main');
    let samples = 0;
    for await (const { machine: sample } of machine.watchMetrics({ intervalMs: 100 })) {
      assert.ok(sample.memory.totalBytes > 0);
      samples += 1;
      if (samples === 2) await machine.stop();
    }
    assert.ok(samples >= 2);
    assert.equal((await machine.wait()).code, 143);
  });

  it('copies in and out, and fails a copy that does', async (context) => {
    const { machine } = await create(context, { workloads: [['sleep']] });
    await machine.start();
    await machine.ready();
    const archive = await machine.copyOut('/bytes/200000');
    const bytes = await buffer(archive);
    assert.ok(bytes.equals(patternBytes(200_000)));
    async function* pieces(): AsyncGenerator<Buffer> {
      for (let start = 0; start < bytes.length; start += 50_000) {
        await new Promise(setImmediate);
        yield bytes.subarray(start, start + 50_000);
      }
    }
    assert.deepEqual(await machine.copyIn('/', pieces()), { entries: 1, contentBytes: 200_000 });
    await assert.rejects(machine.copyOut('/nothing'), { code: 'guest' });
    async function* broken(): AsyncGenerator<Buffer> {
      yield await Promise.resolve(bytes);
      throw new Error('disk is gone');
    }
    await assert.rejects(machine.copyIn('/', broken()), { message: 'disk is gone' });
  });

  it('starts again, with streams of its own', async (context) => {
    const { machine } = await create(context, {
      workloads: [
        ['print', 'first'],
        ['print', 'second', '2'],
      ],
    });
    assert.equal(await text(((await machine.start(joined)) as Attachment).stdout), 'first');
    assert.equal((await machine.wait()).code, 0);
    assert.equal(await text(((await machine.start(joined)) as Attachment).stdout), 'second');
    assert.equal((await machine.wait()).code, 2);
  });

  it('is lost without its monitor, and found again by a start', async (context) => {
    const { machine } = await create(context, { workloads: [['sleep']] });
    await machine.start();
    await machine.ready();
    await killMonitor(machine);
    assert.equal((await machine.info()).state, 'lost');
    await assert.rejects(machine.metrics(), { code: 'host', message: /its monitor is dead/ });
    await machine.start();
    assert.equal((await machine.info()).state, 'running');
    await machine.stop();
    assert.equal((await machine.wait()).code, 143);
  });

  it('has an exit though monitor and machine died together', async (context) => {
    const { machine } = await create(context, { workloads: [['sleep']] });
    await machine.start();
    await machine.ready();
    await killMonitor(machine);
    const { vm } = (await machine.info()).status;
    if (vm !== null) killProcess(vm);
    await processesEnded(vm === null ? [] : [vm]);
    assert.equal((await machine.info()).state, 'dead');
    assert.deepEqual((await machine.wait()).reason, 'failed');
    await machine.remove();
  });

  it('is not removed while it runs, unless by force', async (context) => {
    const { firstborn, machine } = await create(context, { workloads: [['sleep']] }, { name: 'web' });
    await machine.start();
    await machine.ready();
    const { monitor, vm } = (await machine.info()).status;
    await assert.rejects(machine.remove(), {
      message: 'Cannot remove machine "web": it is running; stop it first',
    });
    await machine.remove({ force: true });
    assert.deepEqual([existsSync(machine.directory), isAlive(monitor), isAlive(vm)], [false, false, false]);
    await assert.rejects(firstborn.machine('web'), { code: 'host' });
  });

  it('is removed by force though its monitor is dead', async (context) => {
    const { machine } = await create(context, { workloads: [['sleep']] });
    await machine.start();
    await machine.ready();
    const { vm } = (await machine.info()).status;
    await killMonitor(machine);
    await machine.remove({ force: true });
    assert.deepEqual([existsSync(machine.directory), isAlive(vm)], [false, false]);
  });

  it('leaves no virtual machine behind that its monitor could not name any more', async (context) => {
    const { machine } = await create(context, { workloads: [['sleep']] });
    await machine.start();
    await machine.ready();
    const { vm } = (await machine.info()).status;
    await killMonitor(machine);
    const { status, directory } = await machine.info();
    writeStatus(new MachineDirectory(directory), { ...status, state: 'starting', vm: null });
    assert.equal((await machine.info()).state, 'dead');
    await assert.rejects(machine.remove(), { message: /: it is lost; stop it first$/ });
    await machine.remove({ force: true });
    assert.deepEqual([existsSync(machine.directory), isAlive(vm)], [false, false]);
  });

  it('is destroyed at once', async (context) => {
    const { machine } = await create(context, { workloads: [['sleep']] });
    await machine.destroy();
    await machine.start();
    await machine.ready();
    await machine.destroy();
    assert.deepEqual((await machine.wait()).reason, 'killed');
  });

  it('throws the reason when a signal aborts what waits', async (context) => {
    const { machine } = await create(context, { workloads: [['sleep']] });
    await machine.start();
    await machine.ready();
    const abort = new AbortController();
    const { signal } = abort;
    const waiting = [
      machine.wait({ signal }),
      (async () => {
        for await (const _line of machine.logs({ follow: true, signal }));
      })(),
      (async () => {
        for await (const _sample of machine.watchMetrics({ intervalMs: 60_000, signal }));
      })(),
      machine.exec({ args: ['sleep'] }, { signal }).then(({ exited }) => exited),
    ];
    const settled = Promise.allSettled(waiting);
    await machine.metrics();
    abort.abort(new Error('enough'));
    for (const result of await settled) {
      assert.equal(result.status === 'rejected' && (result.reason as Error).message, 'enough');
    }
    await machine.destroy();
  });
});
