import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ImageConfig } from '../../../protocol/image-config.ts';
import { parseWith } from '../../../protocol/parse.ts';

const read = (value: unknown): ImageConfig => parseWith(ImageConfig, value, 'image/config.json');

test('ImageConfig reads a config as Go tools write it', () => {
  const config = {
    User: 'node',
    Env: ['PATH=/bin', 'NO_VALUE'],
    Entrypoint: ['docker-entrypoint.sh'],
    Cmd: ['node'],
    WorkingDir: '/srv',
    StopSignal: 'SIGQUIT',
    Volumes: { '/data': {} },
    ExposedPorts: { '80/tcp': {} },
    Labels: { 'org.opencontainers.image.title': 'x' },
  };
  const image = {
    architecture: 'amd64',
    os: 'linux',
    config,
    rootfs: { type: 'layers', diff_ids: ['sha256:0'] },
  };
  assert.deepEqual(read(image), image);
});

test('ImageConfig takes null where Go has nil', () => {
  const config = {
    User: null,
    Env: null,
    Entrypoint: null,
    Cmd: null,
    WorkingDir: null,
    StopSignal: null,
    Volumes: null,
    ExposedPorts: null,
    Labels: null,
  };
  assert.deepEqual(read({ config }), { config });
  assert.deepEqual(read({ config: null }), { config: null });
});

test('ImageConfig needs nothing at all', () => {
  assert.deepEqual(read({}), {});
  assert.deepEqual(read({ config: {} }), { config: {} });
});

test('ImageConfig keeps keys that it does not know', () => {
  const image = {
    created: '2026-01-01T00:00:00Z',
    history: [{ created_by: 'RUN x' }],
    config: { ArgsEscaped: true, Healthcheck: { Test: ['CMD', 'true'] }, OnBuild: null },
    rootfs: { type: 'layers', diff_ids: [], extra: 1 },
  };
  assert.deepEqual(read(image), image);
});

const refusals: [value: unknown, message: string][] = [
  [null, 'Invalid input: expected object, received null'],
  [{ architecture: 1 }, 'architecture: Invalid input: expected string, received number'],
  [{ config: [] }, 'config: Invalid input: expected object, received array'],
  [{ config: { User: 0 } }, 'config.User: Invalid input: expected string, received number'],
  [{ config: { Env: { A: '1' } } }, 'config.Env: Invalid input: expected array, received object'],
  [{ config: { Env: ['A=1', null] } }, 'config.Env[1]: Invalid input: expected string, received null'],
  [{ config: { Cmd: 'node' } }, 'config.Cmd: Invalid input: expected array, received string'],
  [
    { config: { Cmd: Array.from({ length: 4097 }, () => 'x') } },
    'config.Cmd: Too big: expected array to have <=4096 items',
  ],
  [{ config: { Volumes: ['/data'] } }, 'config.Volumes: Invalid input: expected record, received array'],
  [{ config: { Labels: { a: 1 } } }, 'config.Labels.a: Invalid input: expected string, received number'],
  [{ rootfs: { type: 'layers' } }, 'rootfs.diff_ids: Invalid input: expected array, received undefined'],
];
for (const [value, message] of refusals) {
  test(`ImageConfig refuses ${JSON.stringify(value).slice(0, 60)}`, () => {
    assert.throws(() => read(value), { message: `Cannot accept image/config.json: ${message}` });
  });
}
