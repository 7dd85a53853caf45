/** Processes started in a running container, all in one machine. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { after, before, test } from 'node:test';
import { RequestRefusal } from '../../host/client/index.ts';
import { LiveMachine } from '../support/live-machine.ts';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const exited = (code: number): unknown => ({ code, reason: 'exited' });

let live: LiveMachine;
before(async () => {
  live = await LiveMachine.boot({
    workload: { command: ['sh', '-c', 'trap "exit 0" TERM; while :; do sleep 1000 & wait $!; done'] },
  });
});
after(() => live[Symbol.asyncDispose]());

/** Reads until the text has come. */
async function readUntil(stream: Readable, text: string): Promise<string> {
  let seen = '';
  for await (const piece of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    seen += piece.toString('latin1');
    if (seen.includes(text)) return seen;
  }
  throw new Error(`The stream ended before "${text}" came: ${JSON.stringify(seen.slice(-500))}`);
}

/** The refusal of what cannot be started. */
async function refused(request: Parameters<LiveMachine['exec']>[0]): Promise<RequestRefusal> {
  const error = await live.exec(request).then(
    () => assert.fail('the process was started'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof RequestRefusal, String(error));
  return error;
}

/** What cat and its terminal make of typed text and the end of input. */
async function typeAndEnd(typed: string): Promise<string> {
  const session = await live.machine.exec({
    args: ['sh', '-c', 'stty -echo; echo ready; cat; echo the end'],
    terminal: { rows: 24, columns: 80 },
    stdin: true,
  });
  let output = await readUntil(session.stdout as Readable, 'ready');
  session.stdin?.end(typed);
  for await (const piece of session.stdout as AsyncIterable<Buffer>) output += piece.toString();
  assert.deepEqual(await session.exited, exited(0));
  return output.replaceAll('\r', '');
}

test('stdout and stderr come apart, and the exit code is the process’s', async () => {
  const result = await live.exec({ args: ['sh', '-c', 'echo out; echo err >&2; exit 7'] });
  assert.equal(result.stdout.toString(), 'out\n');
  assert.equal(result.stderr.toString(), 'err\n');
  assert.deepEqual(result.exit, exited(7));
});

test('a process lives in the namespaces and under the limits of the container, beside its first process', async () => {
  assert.match(await live.shell('cat /proc/1/cmdline | tr "\\0" " "'), /trap/);
  const own = 'for n in mnt pid ipc uts cgroup net; do readlink /proc/self/ns/$n; done';
  const first = 'for n in mnt pid ipc uts cgroup net; do readlink /proc/1/ns/$n; done';
  // The cgroup namespace of both is the container's, and so is every other.
  assert.equal(await live.shell(own), await live.shell(first));
  assert.equal(await live.shell('grep -c . /proc/self/cgroup'), '1');
  assert.equal(
    await live.shell('grep -E "^(Cap|NoNew|Seccomp:)" /proc/self/status'),
    await live.shell('grep -E "^(Cap|NoNew|Seccomp:)" /proc/1/status'),
  );
});

test('environment, working directory and user are the container’s unless the request says otherwise', async () => {
  const show = 'echo $FROM_IMAGE $OVERRIDDEN $MORE $HOME; pwd; id -u; id -G';
  assert.equal(await live.shell(show), 'image image /root\n/\n0\n0');
  assert.equal(
    await live.shell(show, { env: { OVERRIDDEN: 'exec', MORE: 'more' }, cwd: '/srv', user: 'app' }),
    'image exec more /home/app\n/srv\n1000\n1001 10 2000',
  );
  assert.equal(await live.shell('id -u; id -g; id -G', { user: '4242:77' }), '4242\n77\n77');
});

test('what cannot be started is said at once, with operation and errno', async () => {
  const missing = await refused({ args: ['no-such-command'] });
  assert.deepEqual(missing.reply?.failed, { operation: 'execve', errno: 'ENOENT' });
  assert.equal(missing.reply?.exitCode, 127);
  const notExecutable = await refused({ args: ['/srv/not-executable'] });
  assert.deepEqual(notExecutable.reply?.failed, { operation: 'execve', errno: 'EACCES' });
  assert.equal(notExecutable.reply?.exitCode, 126);
  const noDirectory = await refused({ args: ['true'], cwd: '/no/such/directory' });
  assert.deepEqual(noDirectory.reply?.failed, { operation: 'chdir', errno: 'ENOENT' });
  const nobody = await refused({ args: ['true'], user: 'nobody-knows' });
  assert.match(nobody.message, /nobody-knows/);
});

test('stdin reaches the process whole, and its end is the end of its input', async () => {
  const { stdout, exit } = await live.exec({ args: ['sh', '-c', 'cat; echo the end'] }, Buffer.from('in\n'));
  assert.equal(stdout.toString(), 'in\nthe end\n');
  assert.deepEqual(exit, exited(0));
});

test('64 MiB go in and come out at once, with the same hash', async () => {
  const piece = Buffer.alloc(1024 * 1024);
  for (let offset = 0; offset < piece.length; offset += 4)
    piece.writeUInt32LE((offset * 2654435761) % 2 ** 32, offset);
  const session = await live.machine.exec({ args: ['cat'], stdin: true });
  const [sent, received] = [createHash('sha256'), createHash('sha256')];
  const reading = (async () => {
    for await (const bytes of session.stdout as AsyncIterable<Buffer>) received.update(bytes);
  })();
  for (let count = 0; count < 64; count += 1) {
    piece.writeUInt32LE(count, 0);
    sent.update(piece);
    if (session.stdin?.write(Buffer.from(piece)) === false) {
      await new Promise((resolve) => session.stdin?.once('drain', resolve));
    }
  }
  session.stdin?.end();
  await reading;
  assert.deepEqual(await session.exited, exited(0));
  assert.equal(received.digest('hex'), sent.digest('hex'));
});

test('a terminal has the size that was asked for, and a resize is seen', async () => {
  const script = 'stty size; tty; trap "stty size; exit 0" WINCH; echo waiting; while :; do sleep 0.1; done';
  const session = await live.machine.exec({
    args: ['sh', '-c', script],
    terminal: { rows: 33, columns: 77 },
    stdin: true,
  });
  const first = await readUntil(session.stdout as Readable, 'waiting');
  assert.match(first, /^33 77\r\n\/dev\/pts\/\d+\r\nwaiting/);
  await session.resize({ rows: 50, columns: 132 });
  assert.match(await readUntil(session.stdout as Readable, '132'), /50 132/);
  session.stdout?.resume();
  assert.deepEqual(await session.exited, exited(0));
});

test('a resize and a signal right after the start are not lost', async () => {
  for (let round = 0; round < 5; round += 1) {
    const session = await live.machine.exec({
      args: ['sh', '-c', 'until [ "$(stty size)" = "41 99" ]; do sleep 0.1; done; echo resized; sleep 1000'],
      terminal: { rows: 24, columns: 80 },
      stdin: true,
    });
    await session.resize({ rows: 41, columns: 99 });
    await readUntil(session.stdout as Readable, 'resized');
    session.stdout?.resume();
    await session.signal(9, { group: true });
    assert.deepEqual(await session.exited, { code: 137, signal: 9, reason: 'signaled' });
    const killed = await live.machine.exec({ args: ['sleep', '1000'] });
    await killed.signal(15);
    killed.stdout?.resume();
    killed.stderr?.resume();
    assert.deepEqual(await killed.exited, { code: 143, signal: 15, reason: 'signaled' });
  }
});

test('the end of input is the end of file on a terminal, in the middle of a line too', async () => {
  assert.equal(await typeAndEnd('a line\n'), 'ready\na line\nthe end\n');
  assert.equal(await typeAndEnd('no line feed'), 'ready\nno line feedthe end\n');
});

test('a signal to the group reaches the children of the process, one to the process does not', async () => {
  const script =
    'trap "" USR1; (trap "echo child; exit 0" USR1; echo ready; while :; do sleep 0.1; done) & wait; echo parent';
  const session = await live.machine.exec({ args: ['sh', '-c', script] });
  await readUntil(session.stdout as Readable, 'ready');
  await session.signal(10);
  await session.signal(10, { group: true });
  assert.equal(
    (await readUntil(session.stdout as Readable, 'parent')).replace(/Terminated\n/, ''),
    'child\nparent\n',
  );
  session.stdout?.resume();
  session.stderr?.resume();
  assert.deepEqual(await session.exited, exited(0));
});

test('a process that outlives it and holds its output delays the exit no longer than the drain', async () => {
  const startedMs = performance.now();
  const { stdout, exit } = await live.exec({ args: ['sh', '-c', 'sleep 1000 & echo the last line'] });
  assert.equal(stdout.toString(), 'the last line\n');
  assert.deepEqual(exit, exited(0));
  // Generous: the drain is half a second, the sleep more than a quarter of an hour.
  assert.ok(performance.now() - startedMs < 60_000);
  await live.shell('kill $(pidof sleep)');
});

test('fifty sessions at once keep their streams apart', async () => {
  const sessions = Array.from({ length: 50 }, (_, number) =>
    live.exec(
      { args: ['sh', '-c', `cat; echo ${number} >&2; exit ${number}`] },
      Buffer.from(`input ${number}\n`.repeat(200)),
    ),
  );
  for (const [number, { stdout, stderr, exit }] of (await Promise.all(sessions)).entries()) {
    assert.equal(sha256(stdout), sha256(Buffer.from(`input ${number}\n`.repeat(200))));
    assert.equal(stderr.toString(), `${number}\n`);
    assert.deepEqual(exit, exited(number));
  }
});

test('a detached process goes on without anybody, and a client that leaves kills only what it was asked to', async () => {
  const detached = await live.machine.exec({
    args: ['sh', '-c', 'sleep 1; touch /detached'],
    detach: true,
  });
  assert.equal(detached.stdout, undefined);
  await live.shell('until [ -e /detached ]; do sleep 0.1; done');
  const left = await live.machine.exec({ args: ['sleep', '5001'] });
  const killed = await live.machine.exec({ args: ['sleep', '5002'], killOnDisconnect: true });
  for (const session of [left, killed]) {
    session.exited.catch(() => {});
    session.close();
  }
  await live.shell('while ps -o args | grep -q "^sleep 5002"; do sleep 0.1; done');
  await live.shell('ps -o args | grep -q "^sleep 5001" && kill $(pidof sleep)');
});

test('a thousand short processes leave no zombie, no descriptor and no memory', async () => {
  const hundred = async (): Promise<void> => {
    for (let batch = 0; batch < 10; batch += 1) {
      await Promise.all(
        Array.from({ length: 10 }, async () => {
          assert.deepEqual((await live.exec({ args: ['true'] })).exit, exited(0));
        }),
      );
    }
  };
  const sample = async (rounds: number): Promise<{ residentBytes: number; openFds: number }> => {
    for (let round = 0; round < rounds; round += 1) await hundred();
    return (await live.machine.metrics()).machine.init;
  };
  // V8's heap grows to its working size first. It compiles and collects when it likes, so what counts is the way on.
  const warm = await sample(6);
  const half = await sample(5);
  const settled = await sample(5);
  assert.equal(settled.openFds, warm.openFds);
  const sizes = [warm, half, settled].map(({ residentBytes }) => residentBytes);
  const growth = settled.residentBytes / Math.max(warm.residentBytes, half.residentBytes);
  assert.ok(growth < 1.04, `init's bytes after 600, 1,100 and 1,600 execs: ${sizes.join(', ')}`);
  assert.equal(await live.shell('ps -o stat | grep -c "^Z" || true'), '0');
});
