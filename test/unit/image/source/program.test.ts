import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Program } from '../../../../image/source/program.ts';

async function read(program: Program): Promise<string> {
  const chunks = await Array.fromAsync(program.output as AsyncIterable<Buffer>);
  return Buffer.concat(chunks).toString();
}

test('Program passes input and output on and ends well', async () => {
  const program = new Program('cat', []);
  await program.write(Buffer.from('hello '));
  await program.write(Buffer.from('world'));
  const [text] = await Promise.all([read(program), program.done()]);
  assert.equal(text, 'hello world');
});

test('Program gives a clean environment', async () => {
  process.env['SOURCE_DATE_EPOCH'] = '5';
  const program = new Program('env', []);
  const [text] = await Promise.all([read(program), program.done()]);
  delete process.env['SOURCE_DATE_EPOCH'];
  const names = text
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split('=')[0] ?? '');
  assert.deepEqual(names.toSorted(), ['LC_ALL', 'PATH', 'TZ']);
});

test('Program reports a missing program with the package that has it', async () => {
  const program = new Program('mksquashfs', [], { workingDirectory: '/nonexistent' });
  await assert.rejects(program.done(), {
    code: 'host',
    message: 'Cannot run "mksquashfs", install package "squashfs-tools"',
  });
  await assert.rejects(new Program('no-such-program', []).done(), {
    message: 'Cannot run "no-such-program"',
  });
});

test('Program reports how a program failed, also while it is being written to', async () => {
  const program = new Program('sh', ['-c', 'echo first >&2; echo last >&2; exit 3']);
  const message = 'Cannot complete "sh", it ended with code 3: first; last';
  await assert.rejects(
    async () => {
      for (;;) await program.write(Buffer.alloc(100_000));
    },
    { code: 'host', message },
  );
  await assert.rejects(program.done(), { message });
});

test('Program is killed by its signal and by kill()', async () => {
  const stop = new AbortController();
  const program = new Program('sleep', ['1000'], { signal: stop.signal });
  stop.abort();
  await assert.rejects(program.done(), { message: /^Cannot complete "sleep", it ended by SIGKILL/ });
  const other = new Program('sleep', ['1000']);
  await other.kill();
  await other.kill();
  await assert.rejects(other.done(), { message: /by SIGKILL/ });
});
