import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maxEntropyBytes, maxFramePayloadBytes, maxStringBytes } from '../../../protocol/limits.ts';
import { Request } from '../../../protocol/messages.ts';

const request = (method: string, params?: unknown): unknown => ({ id: 1, method, params });

const accepted: [method: string, params: unknown, defaults?: object][] = [
  ['stop', { signal: 15, graceMs: 86_400_000 }],
  ['shutdown', {}, { how: 'poweroff' }],
  ['shutdown', { how: 'reboot', graceMs: 0 }],
  ['signal', { signal: 9 }, { group: false }],
  ['signal', { exec: 3, signal: 2, group: true }],
  ['resize', { rows: 0, columns: 65_535 }],
  ['resize', { exec: 1, rows: 24, columns: 80 }],
  ['exec', { args: ['true'] }, { env: {}, stdin: false, detach: false }],
  [
    'exec',
    {
      args: ['sh', '-c', ''],
      env: { A: 'b=c', EMPTY: '' },
      cwd: '/tmp',
      user: '0:0',
      terminal: { rows: 24, columns: 80 },
      stdin: true,
      detach: false,
    },
  ],
  ['run-container', { config: '{}' }, { stdin: false }],
  ['run-container', { config: 'x'.repeat(maxFramePayloadBytes), stdin: true }],
  ['execs', {}],
  ['metrics', {}],
  ['watch-metrics', { intervalMs: 100 }],
  ['watch-metrics', { intervalMs: null }],
  ['processes', {}, { after: 0 }],
  ['processes', { after: 4096 }],
  ['stat', { path: '/etc' }, { follow: false }],
  ['copy-out', { path: '/', follow: true }],
  ['copy-in', { path: '/srv' }],
  ['await-transfer', { transfer: 1 }],
  ['cancel-transfer', { transfer: 1 }],
  ['clock', {}],
  ['clock', { stepMs: -0.25 }],
  ['entropy', { bytes: Buffer.alloc(maxEntropyBytes).toString('base64') }],
  ['sync', {}],
  ['freeze', {}],
  ['freeze', { thawAfterMs: 1 }],
  ['thaw', {}],
];
for (const [method, params, defaults = {}] of accepted) {
  test(`the request "${method}" may have the params ${JSON.stringify(params).slice(0, 80)}`, () => {
    assert.deepEqual(Request.parse(request(method, params)), {
      id: 1,
      method,
      params: { ...(params as object), ...defaults },
    });
  });
}

const refused: [method: string, what: string, params: unknown][] = [
  ['exec', 'no command', { args: [] }],
  ['run-container', 'no configuration', { stdin: true }],
  ['run-container', 'a configuration that is no text', { config: {} }],
  ['run-container', 'a configuration that no frame holds', { config: 'x'.repeat(maxFramePayloadBytes + 1) }],
  ['exec', 'a NUL byte', { args: ['a\0b'] }],
  ['exec', 'an argument that execve refuses', { args: ['x'.repeat(maxStringBytes + 1)] }],
  ['exec', 'a relative directory', { args: ['true'], cwd: 'tmp' }],
  ['exec', 'a variable without a name', { args: ['true'], env: { '': 'x' } }],
  ['exec', 'a variable with "=" in its name', { args: ['true'], env: { 'a=b': 'x' } }],
  ['exec', 'a terminal of half a row', { args: ['true'], terminal: { rows: 0.5, columns: 1 } }],
  ['signal', 'no signal', {}],
  ['signal', 'signal 0', { signal: 0 }],
  ['signal', 'exec 0', { exec: 0, signal: 9 }],
  ['resize', 'too many rows', { rows: 65_536, columns: 1 }],
  ['shutdown', 'another way', { how: 'explode' }],
  ['watch-metrics', 'an interval that is too short', { intervalMs: 99 }],
  ['watch-metrics', 'an interval over an hour', { intervalMs: 3_600_001 }],
  ['watch-metrics', 'no interval', {}],
  ['processes', 'a negative pid', { after: -1 }],
  ['stat', 'a relative path', { path: 'etc' }],
  ['copy-in', 'a path with a NUL byte', { path: '/a\0' }],
  ['await-transfer', 'no transfer', {}],
  ['clock', 'no number', { stepMs: 'much' }],
  ['clock', 'no finite number', { stepMs: Number.POSITIVE_INFINITY }],
  ['entropy', 'no base64', { bytes: '***' }],
  ['entropy', 'too much of it', { bytes: Buffer.alloc(maxEntropyBytes + 3).toString('base64') }],
  ['freeze', 'no time at all', { thawAfterMs: 0 }],
  ['thaw', 'no params', undefined],
];
for (const [method, what, params] of refused) {
  test(`the request "${method}" is refused with ${what}`, () => {
    assert.equal(Request.safeParse(request(method, params)).success, false);
  });
}
