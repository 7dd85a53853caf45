import assert from 'node:assert/strict';
import { appendFileSync, existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, it, type TestContext } from 'node:test';
import * as fc from 'fast-check';
import { parseCriLine } from '../../../../host/monitor/cri-format.ts';
import { WorkloadLog } from '../../../../host/monitor/workload-log.ts';
import { scratchDirectory } from '../../../support/scratch-directory.ts';

let path = '';
beforeEach((context) => {
  path = join(scratchDirectory(context as TestContext), 'workload.log');
});

const limits = { maxBytes: 1_000_000, files: 3 };
const open = (changes = {}): WorkloadLog => new WorkloadLog(path, { ...limits, ...changes }, () => 0);

function contents(stream: string): string {
  let text = '';
  for (const age of [5, 4, 3, 2, 1, 0]) {
    const file = age === 0 ? path : `${path}.${age}`;
    if (!existsSync(file)) continue;
    for (const line of readFileSync(file).toString().split('\n').slice(0, -1)) {
      const entry = parseCriLine(Buffer.from(line));
      if (entry?.stream === stream) text += entry.content.toString() + (entry.isPartial ? '' : '\n');
    }
  }
  return text;
}

describe('WorkloadLog', () => {
  it('knows after being opened again what it has of each stream', () => {
    const log = open();
    log.beginBoot();
    log.append('stdout', Buffer.from('one\ntwo'));
    log.append('stderr', Buffer.from('x\n'));
    log.close();
    assert.deepEqual(open().offsets, { stdout: 7, stderr: 2 });
  });

  it('cuts off a line that a kill tore', () => {
    const log = open();
    log.beginBoot();
    log.append('stdout', Buffer.from('one\n'));
    log.close();
    appendFileSync(path, '2016-10-06T00:17:09.669794202Z stdout F tw');
    const again = open();
    assert.deepEqual(again.offsets, { stdout: 4, stderr: 0 });
    again.append('stdout', Buffer.from('two\n'));
    assert.equal(contents('stdout'), 'one\ntwo\n');
  });

  it('begins anew with each boot, behind what earlier boots have logged', () => {
    const log = open();
    log.beginBoot();
    log.append('stdout', Buffer.from('first\n'));
    log.beginBoot();
    log.append('stdout', Buffer.from('ab'));
    log.close();
    assert.deepEqual(open().offsets, { stdout: 2, stderr: 0 });
    assert.equal(contents('stdout'), 'first\nab');
  });

  it('counts lost bytes as passed', () => {
    const log = open();
    log.beginBoot();
    log.append('stdout', Buffer.from('ab'));
    log.skip('stdout', 100);
    log.append('stdout', Buffer.from('cd\n'));
    log.close();
    assert.deepEqual(open().offsets, { stdout: 105, stderr: 0 });
  });

  it('rotates before a file grows beyond its limit, and keeps so many files', () => {
    const log = open({ maxBytes: 100 });
    log.beginBoot();
    for (let line = 0; line < 10; line += 1) log.append('stdout', Buffer.from(`line ${line}\n`));
    log.close();
    assert.deepEqual(readdirSync(dirname(path)).toSorted(), [
      'workload.log',
      'workload.log.1',
      'workload.log.2',
      'workload.log.offsets',
    ]);
    for (const name of ['', '.1', '.2']) assert.ok(statSync(path + name).size <= 100);
    assert.equal(contents('stdout'), 'line 4\nline 5\nline 6\nline 7\nline 8\nline 9\n');
    assert.deepEqual(open().offsets, { stdout: 70, stderr: 0 });
  });

  it('keeps a single file when asked for one', () => {
    const log = open({ maxBytes: 100, files: 1 });
    log.beginBoot();
    for (let line = 0; line < 10; line += 1) log.append('stdout', Buffer.from(`line ${line}\n`));
    assert.ok(!existsSync(`${path}.1`));
    assert.equal(contents('stdout'), 'line 8\nline 9\n');
  });

  it('throws for what it cannot write, counts it as lost and goes on', () => {
    const log = open({ maxBytes: 100 });
    log.beginBoot();
    log.append('stdout', Buffer.from('first\n'));
    // Whatever is in the way of a rotation.
    rmSync(dirname(path), { recursive: true });
    assert.throws(() => log.append('stdout', Buffer.from('x'.repeat(90))));
    assert.deepEqual(log.offsets, { stdout: 96, stderr: 0 });
  });

  it('asks for everything when its note is gone', () => {
    const log = open();
    log.beginBoot();
    log.append('stdout', Buffer.from('one\n'));
    log.close();
    rmSync(`${path}.offsets`);
    assert.deepEqual(open().offsets, { stdout: 0, stderr: 0 });
  });
});

it('offsets are exact after any cuts, boots, losses and reopenings', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          fc.record({
            kind: fc.constant('append' as const),
            stream: fc.constantFrom('stdout' as const, 'stderr' as const),
            text: fc.string({ maxLength: 30, unit: fc.constantFrom('a', '\n', ' ') }),
          }),
          fc.record({ kind: fc.constant('skip' as const), missing: fc.nat(50) }),
          fc.record({ kind: fc.constant('boot' as const) }),
          fc.record({ kind: fc.constant('reopen' as const), torn: fc.boolean() }),
        ),
        { maxLength: 30 },
      ),
      (actions) => {
        for (const name of readdirSync(dirname(path))) rmSync(join(dirname(path), name));
        let log = open({ maxBytes: 200, files: 2 });
        log.beginBoot();
        let expected = { stdout: 0, stderr: 0 };
        for (const action of actions) {
          if (action.kind === 'append') {
            log.append(action.stream, Buffer.from(action.text));
            expected[action.stream] += action.text.length;
          } else if (action.kind === 'skip') {
            log.skip('stdout', action.missing);
            expected.stdout += action.missing;
          } else if (action.kind === 'boot') {
            log.beginBoot();
            expected = { stdout: 0, stderr: 0 };
          } else {
            log.close();
            if (action.torn) appendFileSync(path, '2016-10-06T00:17:09.669794202Z stdout P torn');
            log = open({ maxBytes: 200, files: 2 });
          }
          assert.deepEqual(log.offsets, expected);
        }
        log.close();
      },
    ),
    { numRuns: 50 },
  );
});
