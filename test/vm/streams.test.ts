import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { busybox, busyboxLayout } from '../support/test-images.ts';
import { expectExit, machinesLeft, runFirstborn, startFirstborn } from '../support/run-firstborn.ts';

const tenMiB = 10 * 1024 * 1024;
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** What `while cat FILE; do :; done | head -c LENGTH` prints: bytes of every kind, and quick to make. */
function repeated(file: Buffer, lengthBytes: number): Buffer {
  return Buffer.alloc(lengthBytes, file);
}

test('stdout and stderr come apart and whole, ten MiB through each at once', async () => {
  const loop = (path: string): string => `while cat ${path}; do :; done 2>/dev/null | head -c ${tenMiB}`;
  const script = `tail -c 1000000 /bin/busybox > /tail; ${loop('/bin/busybox')} & ${loop('/tail')} >&2 & wait`;
  const result = await runFirstborn([busybox, 'sh', '-c', script]);
  expectExit(result, 0);
  const program = readFileSync('/bin/busybox');
  assert.equal(result.stdout.length, tenMiB);
  assert.equal(sha256(result.stdout), sha256(repeated(program, tenMiB)));
  assert.equal(sha256(result.stderrBytes), sha256(repeated(program.subarray(-1_000_000), tenMiB)));
});

test('the last line before an exit is not lost, though something else holds the pipe', async () => {
  const result = await runFirstborn([busybox, 'sh', '-c', 'sleep 1000 & seq 1 20000; echo the last line']);
  expectExit(result, 0);
  assert.ok(result.stdout.toString().endsWith('20000\nthe last line\n'));
});

test('stdin reaches the workload whole and ends', async () => {
  const input = repeated(readFileSync('/bin/busybox'), 3 * 1024 * 1024);
  const result = await runFirstborn(['-i', busybox, 'sh', '-c', 'cat; echo; echo the end'], input);
  expectExit(result, 0);
  assert.equal(sha256(result.stdout), sha256(Buffer.concat([input, Buffer.from('\nthe end\n')])));
});

test('a workload that does not read its stdin does not hold anything up', async () => {
  const result = await runFirstborn(['-i', busybox, 'head', '-c', '3'], Buffer.alloc(1024 * 1024, '123'));
  expectExit(result, 0);
  assert.equal(result.stdout.toString(), '123');
});

test('without -i the workload reads an empty stdin', async () => {
  const result = await runFirstborn(
    [busybox, 'sh', '-c', 'cat; readlink /proc/self/fd/0'],
    Buffer.from('not passed on'),
  );
  expectExit(result, 0);
  assert.equal(result.stdout.toString(), '/dev/null\n');
});

test("an interrupt asks the workload to stop with the image's signal, and its handler decides the code", async () => {
  const script = "trap 'echo asked to stop; exit 7' USR1; echo ready; while :; do sleep 1 & wait $!; done";
  const run = startFirstborn([`${busyboxLayout}:stop-signal`, 'sh', '-c', script]);
  await run.printed('ready');
  run.child.kill('SIGINT');
  const result = await run.finished;
  expectExit(result, 7);
  assert.equal(result.stdout.toString(), 'ready\nasked to stop\n');
});

test('SIGTERM asks too, and a workload that handles it exits with 143', async () => {
  const script = "trap 'exit 143' TERM; echo ready; while :; do sleep 1 & wait $!; done";
  const run = startFirstborn([busybox, 'sh', '-c', script]);
  await run.printed('ready');
  run.child.kill('SIGTERM');
  expectExit(await run.finished, 143);
});

test('a workload that ignores the signal is killed after the grace, with all that it started', async () => {
  const script = "trap '' TERM; sleep 1000 & echo ready; while :; do sleep 1; done";
  const run = startFirstborn(['--stop-timeout', '1', busybox, 'sh', '-c', script]);
  await run.printed('ready');
  run.child.kill('SIGTERM');
  expectExit(await run.finished, 137);
});

/** Whole seconds that are surely enough for a boot on this machine, however slow it is today. */
async function ampleBootSeconds(): Promise<string> {
  const startedMs = performance.now();
  expectExit(await runFirstborn([busybox, 'true']), 0);
  return String(Math.ceil((3 * (performance.now() - startedMs)) / 1000));
}

test('a run that takes too long is stopped and exits with 124', async () => {
  const script = "trap 'echo stopped; exit 0' TERM; while :; do sleep 1 & wait $!; done";
  const result = await runFirstborn(['--timeout', await ampleBootSeconds(), busybox, 'sh', '-c', script]);
  expectExit(result, 124);
  assert.equal(result.stdout.toString(), 'stopped\n');
});

test('two hundred orphans leave no zombie', async () => {
  const script = [
    'for i in $(seq 200); do (sh -c ":" &) ; done',
    'while ps -o stat,comm | grep -q "^[RSD].*[s]leep"; do :; done',
    'wait',
    'echo zombies $(ps -o stat | grep -c "^Z")',
  ].join('\n');
  const result = await runFirstborn([busybox, 'sh', '-c', script]);
  expectExit(result, 0);
  assert.equal(result.stdout.toString(), 'zombies 0\n');
});

test('nothing is left behind by runs that were interrupted', () => {
  assert.deepEqual(machinesLeft(), []);
});
