import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { makeCommandMachine } from './support/started-machine.ts';

interface PrintedEvent {
  machine: { id: string; name: string };
  event: { event: string };
}

function kinds(text: string): string[] {
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => (JSON.parse(line) as PrintedEvent).event.event);
}

test('events goes on over all boots of a machine, sees its removal, and ends with Ctrl-C', async (t) => {
  const { firstborn, begin } = await makeCommandMachine(
    t,
    {
      workloads: [
        ['exit', '0'],
        ['exit', '3'],
      ],
    },
    { name: 'web' },
  );
  const watching = begin('events', '--json', '--since', '10m');
  for (const code of [0, 3]) {
    await firstborn('start', 'web');
    assert.equal((await firstborn('wait', 'web')).stdout, `${code}\n`);
  }
  assert.equal((await firstborn('rm', 'web')).code, 0);
  const text = await watching.printed(/"removed"/);
  watching.child.kill('SIGINT');
  assert.equal((await watching.finished).code, 0);
  const boot = ['start', 'started', 'ready', 'exit', 'end'];
  assert.deepEqual(
    kinds(text).filter((kind) => kind !== 'created'),
    [...boot, ...boot, 'removed'],
  );
});

test('events shows the past up to a time, of the kinds and machines that are asked for', async (t) => {
  const { firstborn, record } = await makeCommandMachine(t, { workloads: [['exit', '3']] }, { name: 'web' });
  await firstborn('start', 'web');
  await firstborn('wait', 'web');
  const until = String(Date.now() / 1000 + 1);
  const span = ['--since', '10m', '--until', until] as const;
  const all = await firstborn('events', '--json', ...span);
  assert.deepEqual([all.code, kinds(all.stdout)], [0, ['start', 'started', 'ready', 'exit', 'end']]);
  const some = await firstborn('events', '--json', '-f', 'event=exit', '-f', 'event=end', ...span, 'web');
  assert.deepEqual(kinds(some.stdout), ['exit', 'end']);
  assert.equal((await firstborn('events', ...span, 'other')).stdout, '');
  const text = (await firstborn('events', '-f', 'event=exit', ...span)).stdout;
  assert.match(
    text,
    new RegExp(`^\\S+Z machine exit ${record.id} \\(name=web, .*code=3, reason=exited\\)\\n$`),
  );
});

test('stats shows a machine once', async (t) => {
  const { firstborn, record } = await makeCommandMachine(t, { workloads: [['sleep']] }, { name: 'web' });
  const idle = await firstborn('stats', '--no-stream', 'web');
  assert.match(idle.stdout, /^NAME +CPU % .*\nweb +--/);
  assert.equal((await firstborn('stats', '--no-stream')).stdout.split('\n').length, 2);
  await firstborn('start', 'web');
  const { code, stdout } = await firstborn('stats', '--no-stream', '--json', '--interval', '0.1');
  const { id, name, running, memoryLimitBytes } = JSON.parse(stdout) as Record<string, unknown>;
  assert.deepEqual(
    [code, id, name, running, memoryLimitBytes],
    [0, record.id, 'web', true, 512 * 1024 * 1024],
  );
  assert.equal((await firstborn('stats', 'nobody')).code, 1);
});

test('stats shows machines come and go, and ends with Ctrl-C', async (t) => {
  const { firstborn, begin } = await makeCommandMachine(t, { workloads: [['sleep']] }, { name: 'web' });
  const watching = begin('stats', '--json', '--interval', '0.1', 'web');
  await watching.printed(/"running":false/);
  await firstborn('start', 'web');
  await watching.printed(/"running":true/);
  await firstborn('stop', 'web');
  await watching.printed(/"running":true.*\n.*"running":false/);
  watching.child.kill('SIGINT');
  assert.equal((await watching.finished).code, 0);
});

test('stats ends when its reader has gone', async (t) => {
  const { begin } = await makeCommandMachine(t, { workloads: [['sleep']] }, { name: 'web' });
  const watching = begin('stats', '--interval', '0.1', 'web');
  await watching.printed(/web/);
  watching.finished.catch(() => {});
  watching.child.stdout?.destroy();
  assert.deepEqual(await once(watching.child, 'exit'), [0, null]);
});
