import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  errorReplyCodes,
  Event,
  guestFeatures,
  Hello,
  protocolVersions,
  Refuse,
  Request,
  Response,
  Welcome,
} from '../../../protocol/messages.ts';

interface Schema {
  safeParse(value: unknown): { success: boolean; data?: unknown };
}

const session = '0123456789abcdef';
const versions = { min: 1, max: 1 };
const hello = { protocol: versions, session, features: [], acknowledged: 0, streams: {} };
const welcome = { protocol: 1, session, features: ['x'], bootId: 'b', initVersion: '0.1.0', streams: {} };
const manyStreams = (count: number): Record<string, number> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [index + 1, index]));
const exit = { event: 'exit', sequence: 1, timeMs: 1.5, container: 'main', code: 0, reason: 'exited' };
const ready = {
  event: 'ready',
  sequence: 1,
  timeMs: 1,
  container: 'main',
  pid: 7,
  kernel: '6.1.0',
  loadedModules: 0,
  memory: { totalKiB: 1, availableKiB: 1 },
  timeline: [{ name: 'disks', startMs: 0.1, endMs: 2 }],
};

const bootTimeline = {
  event: 'boot-timeline',
  sequence: 3,
  timeMs: 710.5,
  workloadMs: 700,
  steps: [{ kind: 'kernel', name: 'kernel', startMs: 0, endMs: 300.1 }],
};

const accepted: [what: string, schema: Schema, value: unknown][] = [
  ['a hello', Hello, hello],
  ['a hello that knows streams', Hello, { ...hello, streams: { 2: 0, 4294967295: 2 ** 53 - 1 } }],
  ['a hello that knows 1024 streams', Hello, { ...hello, streams: manyStreams(1024) }],
  ['a welcome that knows streams', Welcome, { ...welcome, streams: { 1: 5 } }],
  ['a hello of a newer host with more keys', Hello, { ...hello, clock: 1 }],
  ['a welcome', Welcome, welcome],
  ['a welcome of a newer guest with more keys', Welcome, { ...welcome, more: true }],
  ['a refusal', Refuse, { code: 'version', message: 'Cannot speak', protocol: versions }],
  ['a ping', Request, { id: 1, method: 'ping' }],
  ['a ping with a deadline', Request, { id: 1, method: 'ping', deadlineMs: 1 }],
  ['an acknowledgement', Request, { id: 2, method: 'acknowledge', params: { sequence: 0 } }],
  ['a stop by the policy of the guest', Request, { id: 3, method: 'stop', params: {} }],
  ['a stop at once', Request, { id: 3, method: 'stop', params: { signal: 64, graceMs: 0 } }],
  ['a response without a result', Response, { id: 1, ok: true }],
  ['a response with a result', Response, { id: 1, ok: true, result: { a: [1] } }],
  ['an error reply', Response, { id: 1, ok: false, error: { code: 'busy', message: 'x' } }],
  [
    'an error reply that tells of a system call',
    Response,
    {
      id: 1,
      ok: false,
      error: {
        code: 'failed',
        message: 'x',
        failed: { operation: 'execve', errno: 'ENOENT' },
        exitCode: 127,
      },
    },
  ],
  ['a started event', Event, { event: 'started', sequence: 1, timeMs: 1, container: 'main', pid: 7 }],
  ['a ready event', Event, ready],
  ['a boot timeline', Event, bootTimeline],
  ['an oom event', Event, { event: 'oom', sequence: 1, timeMs: 1, container: 'main', kills: 2 }],
  [
    'a health event',
    Event,
    { event: 'health', sequence: 1, timeMs: 1, container: 'main', status: 'starting', failingStreak: 0 },
  ],
  [
    'a health event of a check that ran',
    Event,
    {
      event: 'health',
      sequence: 1,
      timeMs: 1,
      container: 'main',
      status: 'unhealthy',
      failingStreak: 3,
      exitCode: 1,
      output: 'x',
    },
  ],
  ['a stopping event', Event, { ...exit, event: 'stopping', reason: 'request' }],
  ['an exit event', Event, exit],
  ['an exit event by a signal', Event, { ...exit, code: 137, signal: 9, reason: 'signaled' }],
  ['an exit event for memory', Event, { ...exit, code: 137, signal: 9, reason: 'oom' }],
  [
    'an exit of an exec',
    Event,
    { event: 'exec-exit', sequence: 1, timeMs: 1, exec: 3, code: 0, reason: 'exited' },
  ],
  [
    'a fault event',
    Event,
    { event: 'fault', sequence: 9, timeMs: 0, phase: 'disks', message: 'x', code: 125 },
  ],
];
for (const [what, schema, value] of accepted) {
  test(`the schema accepts ${what} and changes nothing`, () => {
    assert.deepEqual(schema.safeParse(value), { success: true, data: value });
  });
}

const refused: [what: string, schema: Schema, value: unknown][] = [
  ['a hello without a session', Hello, { ...hello, session: undefined }],
  ['a hello with a short nonce', Hello, { ...hello, session: '0123456789abcde' }],
  ['a hello with a long nonce', Hello, { ...hello, session: 'a'.repeat(65) }],
  ['a hello with a nonce of other letters', Hello, { ...hello, session: 'ABCDEFABCDEFABCDEF' }],
  ['a hello with version 0', Hello, { ...hello, protocol: { min: 0, max: 1 } }],
  ['a hello with a version over 16 bits', Hello, { ...hello, protocol: { min: 1, max: 65536 } }],
  ['a hello with half a version', Hello, { ...hello, protocol: { min: 1, max: 1.5 } }],
  ['a hello that acknowledges less than nothing', Hello, { ...hello, acknowledged: -1 }],
  ['a hello with too many features', Hello, { ...hello, features: Array.from({ length: 65 }, () => 'x') }],
  ['a hello that knows 1025 streams', Hello, { ...hello, streams: manyStreams(1025) }],
  ['a hello that knows stream 0', Hello, { ...hello, streams: { 0: 1 } }],
  ['a hello that knows a stream by name', Hello, { ...hello, streams: { stdout: 1 } }],
  ['a hello with a negative offset', Hello, { ...hello, streams: { 2: -1 } }],
  ['a hello with half an offset', Hello, { ...hello, streams: { 2: 0.5 } }],
  ['a hello with an offset that no number holds', Hello, { ...hello, streams: { 2: 2 ** 53 } }],
  ['a welcome with a huge boot id', Welcome, { ...welcome, bootId: 'x'.repeat(4097) }],
  ['a refusal with another code', Refuse, { code: 'rude', message: 'x', protocol: versions }],
  ['a request without an id', Request, { method: 'ping' }],
  ['a request with id 0', Request, { id: 0, method: 'ping' }],
  ['a request with half an id', Request, { id: 1.5, method: 'ping' }],
  ['a request without a method', Request, { id: 1 }],
  ['a request of another method', Request, { id: 1, method: 'dance' }],
  ['a request with a deadline of 0', Request, { id: 1, method: 'ping', deadlineMs: 0 }],
  ['an acknowledgement of nothing', Request, { id: 1, method: 'acknowledge' }],
  ['a stop without params', Request, { id: 1, method: 'stop' }],
  ['a stop with signal 0', Request, { id: 1, method: 'stop', params: { signal: 0 } }],
  ['a stop with signal 65', Request, { id: 1, method: 'stop', params: { signal: 65 } }],
  ['a stop with a grace over a day', Request, { id: 1, method: 'stop', params: { graceMs: 86_400_001 } }],
  ['a response that is neither', Response, { id: 1 }],
  ['an error reply without an error', Response, { id: 1, ok: false }],
  ['an error reply with another code', Response, { id: 1, ok: false, error: { code: 'x', message: 'x' } }],
  ['an event without a number', Event, { ...exit, sequence: undefined }],
  ['an event with number 0', Event, { ...exit, sequence: 0 }],
  ['an event of another kind', Event, { ...exit, event: 'lunch' }],
  [
    'a boot timeline with too many steps',
    Event,
    { ...bootTimeline, steps: Array.from({ length: 201 }, () => bootTimeline.steps[0]) },
  ],
  [
    'a step of a boot of another kind',
    Event,
    { ...bootTimeline, steps: [{ ...bootTimeline.steps[0], kind: 'lunch' }] },
  ],
  ['an exit code over 255', Event, { ...exit, code: 256 }],
  ['a negative exit code', Event, { ...exit, code: -1 }],
  ['an exit for another reason', Event, { ...exit, reason: 'boredom' }],
];
for (const [what, schema, value] of refused) {
  test(`the schema refuses ${what}`, () => assert.equal(schema.safeParse(value).success, false));
}

test('a hello that says nothing about events and streams knows of none', () => {
  assert.deepEqual(Hello.parse({ protocol: versions, session, features: [] }), hello);
});

test('the closed sets are these', () => {
  assert.deepEqual(protocolVersions, { min: 1, max: 1 });
  assert.deepEqual(
    [...guestFeatures],
    ['resume', 'exec', 'containers', 'metrics', 'files', 'clock', 'entropy', 'freeze', 'shutdown'],
  );
  assert.deepEqual(
    [...errorReplyCodes],
    ['bad-request', 'unknown-method', 'busy', 'deadline', 'not-found', 'failed'],
  );
});
