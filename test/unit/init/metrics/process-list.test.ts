import assert from 'node:assert/strict';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { CommandLines } from '../../../../init/metrics/command-lines.ts';
import { listProcesses } from '../../../../init/metrics/process-list.ts';
import { maxFramePayloadBytes } from '../../../../protocol/limits.ts';
import { ProcessList } from '../../../../protocol/metrics.ts';
import { makeKernelTree } from '../machine/kernel-tree.ts';

const commandLines = new CommandLines();

function processFiles(pid: number, name: string, command: string): Record<string, string> {
  const ticks = '85 24 0 0 20 0 7 0 1000 3133440 418';
  return {
    [`${pid}/stat`]: `${pid} (${name}) S 92 92 92 0 -1 4194304 101 0 0 0 ${ticks} 1 1\n`,
    [`${pid}/status`]: `Pid:\t${pid}\nUid:\t1\t2\t2\t2\nGid:\t3\t4\t4\t4\nNSpid:\t${pid}\t1\nVmSize:\t8 kB\nVmRSS:\t4 kB\n`,
    [`${pid}/cmdline`]: command,
  };
}

/** A procfs and a cgroup with these processes, and one that has ended since it was listed. */
function makeProcesses(context: TestContext, pids: number[], name: string, command: string) {
  const files = Object.assign({}, ...pids.map((pid) => processFiles(pid, name, command))) as object;
  return {
    procRoot: makeKernelTree(context, { uptime: '13.50 0.00\n', ...files }),
    cgroupPaths: [makeKernelTree(context, { 'cgroup.procs': ['99999', ...pids].join('\n') })],
    commandLines,
  };
}

test('listProcesses() tells everything of a process', async (context) => {
  const options = makeProcesses(context, [12], 'sh', 'sh\0-c\0true\0');
  symlinkSync('/bin/busybox', join(options.procRoot, '12/exe'));
  symlinkSync('/root', join(options.procRoot, '12/cwd'));
  const list = await listProcesses({ ...options, after: 0 });
  assert.deepEqual(ProcessList.parse(list), list);
  assert.deepEqual(list, {
    more: false,
    processes: [
      {
        pid: 12,
        containerPid: 1,
        parentPid: 92,
        state: 'S',
        name: 'sh',
        executable: '/bin/busybox',
        cwd: '/root',
        command: ['sh', '-c', 'true'],
        residentBytes: 4096,
        virtualBytes: 8192,
        threads: 7,
        cpuMs: 1090,
        lifetimeMs: 3500,
        uid: 1,
        effectiveUid: 2,
        gid: 3,
        effectiveGid: 4,
      },
    ],
  });
});

test('listProcesses() goes on behind a pid, in replies of 64', async (context) => {
  const pids = Array.from({ length: 130 }, (_, index) => index + 1);
  const options = makeProcesses(context, pids, 'sh', 'sh\0');
  const seen: number[] = [];
  for (let after = 0, more = true; more; after = seen.at(-1) ?? 0) {
    const list = await listProcesses({ ...options, after });
    assert.ok(list.processes.length <= 64);
    seen.push(...list.processes.map(({ pid }) => pid));
    more = list.more;
  }
  assert.deepEqual(seen, pids);
});

test('listProcesses() gives fewer processes where their words are long in JSON', async (context) => {
  const pids = Array.from({ length: 64 }, (_, index) => index + 1);
  const options = makeProcesses(context, pids, 'sh', '\u0001'.repeat(300));
  const list = await listProcesses({ ...options, after: 0 });
  assert.equal(list.more, true);
  assert.ok(list.processes.length > 0);
  assert.ok(Buffer.byteLength(JSON.stringify(list)) < maxFramePayloadBytes - 1024);
});

test('listProcesses() is empty when nothing runs', async () => {
  const options = { cgroupPaths: ['/nowhere'], after: 0, commandLines, procRoot: '/nowhere' };
  assert.deepEqual(await listProcesses(options), { processes: [], more: false });
});
