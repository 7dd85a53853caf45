import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatPlatform, guestPlatform, platformFitness } from '../../../image/platform.ts';

const linux = (architecture: string, variant?: string) => ({
  os: 'linux',
  architecture,
  ...(variant === undefined ? {} : { variant }),
});

test('guestPlatform() translates the architectures of Node', () => {
  assert.deepEqual(guestPlatform('x64'), linux('amd64'));
  assert.deepEqual(guestPlatform('arm64'), linux('arm64'));
});

test('guestPlatform() refuses an architecture without guests', () => {
  assert.throws(() => guestPlatform('mips'), {
    code: 'host',
    message: 'Cannot run guests on architecture "mips"',
  });
});

test('platformFitness() wants the same system and architecture', () => {
  assert.equal(platformFitness(linux('amd64'), linux('arm64')), 0);
  assert.equal(platformFitness(linux('amd64'), { os: 'windows', architecture: 'amd64' }), 0);
  assert.ok(platformFitness(linux('amd64'), linux('x86_64')) > 0);
});

test('platformFitness() takes a missing variant for the usual one', () => {
  assert.equal(platformFitness(linux('arm64'), linux('arm64', 'v8')), Number.MAX_SAFE_INTEGER);
  assert.equal(platformFitness(linux('arm64', 'v8'), linux('arm64', '')), Number.MAX_SAFE_INTEGER);
});

test('platformFitness() prefers the highest variant that the guest can run', () => {
  const wanted = linux('arm', 'v7');
  assert.equal(platformFitness(wanted, linux('arm', 'v8')), 0);
  assert.ok(platformFitness(wanted, linux('arm', 'v6')) > platformFitness(wanted, linux('arm', 'v5')));
  assert.equal(platformFitness(linux('amd64'), linux('amd64', 'v3')), 0);
});

test('formatPlatform() leaves out an empty variant', () => {
  assert.equal(formatPlatform(linux('arm64', 'v8')), 'linux/arm64/v8');
  assert.equal(formatPlatform(linux('arm64', '')), 'linux/arm64');
});
