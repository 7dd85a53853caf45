import { test } from 'node:test';
import { Event, Hello, Metrics, Refuse, Request, Response, Welcome } from '../../../protocol/messages.ts';
import { parseWith } from '../../../protocol/parse.ts';
import { fuzzParser } from '../../support/parser-fuzzing.ts';

const session = '0123456789abcdef';
const versions = { min: 1, max: 1 };
const streams = { 1: 0, 4294967295: 5 };

const requests = [
  { id: 1, method: 'ping', deadlineMs: 5 },
  { id: 2, method: 'acknowledge', params: { sequence: 0 } },
  { id: 3, method: 'stop', params: { signal: 15, graceMs: 0 } },
  {
    id: 4,
    method: 'exec',
    params: {
      container: 'main',
      args: ['sh'],
      env: { A: '1' },
      user: '0',
      workingDir: '/',
      terminal: { columns: 80, rows: 25 },
    },
  },
  { id: 5, method: 'stat', params: { path: '/etc', follow: true } },
  { id: 6, method: 'watch-metrics', params: { intervalMs: null } },
  { id: 7, method: 'copy-in', params: { path: '/srv' } },
  { id: 8, method: 'clock', params: { stepMs: -0.5 } },
  { id: 9, method: 'entropy', params: { bytes: 'AAAA' } },
  { id: 10, method: 'freeze', params: { thawAfterMs: 1 } },
];

const responses = [
  { id: 1, ok: true, result: { a: [1] } },
  {
    id: 2,
    ok: false,
    error: { code: 'failed', message: 'x', failed: { operation: 'execve', errno: 'ENOENT' }, exitCode: 127 },
  },
];

const common = { sequence: 1, timeMs: 1.5, container: 'main' };
const events = [
  { ...common, event: 'exit', code: 0, reason: 'exited' },
  {
    ...common,
    event: 'ready',
    pid: 7,
    kernel: '6.1.0',
    loadedModules: 0,
    memory: { totalKiB: 1, availableKiB: 1 },
    timeline: [{ name: 'disks', startMs: 0.1, endMs: 2 }],
  },
  { ...common, event: 'oom', kills: 1 },
  {
    ...common,
    event: 'boot-timeline',
    workloadMs: 1,
    steps: [{ kind: 'driver', name: 'virtio', startMs: 0, endMs: 1.5 }],
  },
];

const pressure = { some: { avg10: 0, avg60: 1, avg300: 2.5, totalUs: 3 } };
const metrics = {
  timeMs: 1,
  machine: {
    uptimeMs: 1,
    onlineCpus: 2,
    load: [0, 0.5, 1],
    cpu: { userUs: 1, systemUs: 2, idleUs: 3, ioWaitUs: 4, stealUs: 5 },
    memory: {
      totalBytes: 1,
      freeBytes: 1,
      availableBytes: 1,
      cachedBytes: 1,
      swapTotalBytes: 0,
      swapFreeBytes: 0,
    },
    pressure: { cpu: pressure },
    disks: [{ name: 'vda', reads: 1, readBytes: 1, writes: 1, writtenBytes: 1, busyMs: 1 }],
    interfaces: [],
    init: { residentBytes: 1, openFds: 1, heapUsedBytes: 1 },
  },
  containers: [
    {
      id: 'main',
      cpu: { usageUs: 1, userUs: 1, systemUs: 0 },
      io: [{ device: 'vda', readBytes: 1, writtenBytes: 1, reads: 1, writes: 1 }],
      pids: { current: 1, max: null },
      pressure: {},
    },
  ],
};

const messages = {
  Hello: {
    schema: Hello,
    samples: [{ protocol: versions, session, features: ['x'], acknowledged: 3, streams }],
  },
  Welcome: {
    schema: Welcome,
    samples: [{ protocol: 1, session, features: ['x'], bootId: 'b', initVersion: '0.1.0', streams }],
  },
  Refuse: {
    schema: Refuse,
    samples: [{ session, code: 'version', message: 'Cannot speak', protocol: versions }],
  },
  Request: { schema: Request, samples: requests },
  Response: { schema: Response, samples: responses },
  Event: { schema: Event, samples: events },
  Metrics: { schema: Metrics, samples: [metrics] },
};

for (const [name, { schema, samples }] of Object.entries(messages)) {
  test(`${name} is read or refused with an error of the channel, whatever comes`, () => {
    fuzzParser((value) => parseWith(schema, value, `a ${name}`, 'channel'), samples, 'channel');
  });
}
