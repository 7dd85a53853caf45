import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  parseCommandLine,
  parseProcessStat,
  parseProcessStatus,
} from '../../../../init/metrics/process-files.ts';

const fields =
  'S 92 92 92 0 -1 4194304 101 0 0 0 85 24 0 0 20 0 7 0 1330362 3133440 418 18446744073709551615 1 1 0';

test('parseProcessStat() reads what it needs', () => {
  assert.deepEqual(parseProcessStat(`99 (node-MainThread) ${fields}\n`), {
    name: 'node-MainThread',
    state: 'S',
    parentPid: 92,
    cpuTicks: 109,
    threads: 7,
    startTicks: 1_330_362,
  });
});

test('parseProcessStat() is not deceived by a name that looks like the rest of the line', () => {
  const stat = parseProcessStat(`99 (a) Z 1 1 (b)\n c) ${fields}\n`);
  assert.equal(stat?.name, 'a) Z 1 1 (b)\n c');
  assert.equal(stat?.state, 'S');
});

for (const text of ['', '99', '99 (cat', '99 (cat) S 1 2']) {
  test(`parseProcessStat() is undefined for "${text}"`, () =>
    assert.equal(parseProcessStat(text), undefined));
}

const status = `Name:\tsh\\nUid:\\t0
State:\tS (sleeping)
Pid:\t4711
PPid:\t92
Uid:\t1000\t1001\t1001\t1001
Gid:\t2000\t2001\t2001\t2001
NSpid:\t4711\t12\t3
VmSize:\t    2928 kB
VmRSS:\t    1800 kB
Threads:\t1
`;

test('parseProcessStatus() reads ids, memory and the pid that the process itself sees', () => {
  assert.deepEqual(parseProcessStatus(status), {
    containerPid: 3,
    uid: 1000,
    effectiveUid: 1001,
    gid: 2000,
    effectiveGid: 2001,
    residentBytes: 1800 * 1024,
    virtualBytes: 2928 * 1024,
  });
});

test('parseProcessStatus() of a process that has ended has no memory', () => {
  const ended = parseProcessStatus(status.replaceAll(/^Vm.*\n/gm, ''));
  assert.equal(ended?.residentBytes, 0);
  assert.equal(ended?.virtualBytes, 0);
});

test('parseProcessStatus() takes the only pid there is on a kernel without pid namespaces', () => {
  assert.equal(parseProcessStatus(status.replace(/^NSpid.*\n/m, ''))?.containerPid, 4711);
});

test('parseProcessStatus() is undefined for an empty file', () => {
  assert.equal(parseProcessStatus(''), undefined);
});

const commandLines: [text: string, maxLength: number, args: string[]][] = [
  ['/bin/sh\0-c\0echo hi\0', 256, ['/bin/sh', '-c', 'echo hi']],
  ['sh\0\0\0', 256, ['sh', '', '']],
  ['', 256, []],
  ['a title that the process wrote itself', 256, ['a title that the process wrote itself']],
  ['abcdef\0gh\0', 4, ['abcd']],
  ['ab\0cdef\0gh\0', 5, ['ab', 'cd']],
  ['\0\0\0\0\0\0', 3, ['', '', '']],
];
for (const [text, maxLength, args] of commandLines) {
  test(`parseCommandLine() of ${JSON.stringify(text)} within ${maxLength}`, () => {
    assert.deepEqual(parseCommandLine(text, maxLength), args);
  });
}
