import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FirstbornError } from '../../../../protocol/errors.ts';
import { formatExactJson } from '../../../../protocol/oci/exact-json.ts';
import { refuseImpossible } from '../../../../protocol/oci/impossible.ts';
import { parseRuntimeSpec, parseRuntimeSpecText } from '../../../../protocol/oci/runtime-spec-schema.ts';
import { changed, dockerText, runcSpec, wholeSpec } from './spec-fixtures.ts';

function parse(values: Readonly<Record<string, unknown>>) {
  return parseRuntimeSpec(changed(values), 'config.json');
}

test('parseRuntimeSpec() gives back what runc spec writes', () => {
  assert.deepEqual(parseRuntimeSpec(runcSpec(), 'config.json'), runcSpec());
  assert.doesNotThrow(() => refuseImpossible(runcSpec()));
});

test('parseRuntimeSpecText() gives back every property that the spec has', () => {
  const spec = wholeSpec();
  const { unknownCapabilities: _, ...process } = spec.process;
  assert.deepEqual(parseRuntimeSpecText(formatExactJson(spec), 'config.json'), { ...spec, process });
});

test('parseRuntimeSpecText() accepts what Docker writes', () => {
  const spec = parseRuntimeSpecText(dockerText(), 'config.json');
  assert.equal(spec.process?.capabilities?.inheritable, undefined);
  assert.deepEqual(spec.linux?.namespaces?.[1], { type: 'network' });
  assert.equal(spec.linux?.devices?.[0]?.fileMode, 0o666);
  assert.deepEqual(spec.linux?.resources?.cpu, { shares: 0, quota: 0, period: 0 });
  assert.deepEqual(refuseImpossible(spec), []);
});

test('parseRuntimeSpec() passes over what it does not know', () => {
  const spec = parse({ platform: { os: 'linux' }, 'process.colour': 'red', 'linux.resources.gpu': 1 });
  assert.deepEqual(spec, runcSpec());
});

test('parseRuntimeSpec() takes null and, for optional strings, "" as absent', () => {
  const { hostname: _, ...unnamed } = runcSpec();
  const empty = { 'process.rlimits': null, 'linux.seccomp': null, 'linux.cgroupsPath': '', hooks: null };
  const spec = parse({ ...empty, hostname: '', 'linux.rootfsPropagation': '', 'linux.mountLabel': '' });
  assert.deepEqual(spec, changed({ 'process.rlimits': undefined }, unnamed));
});

test('parseRuntimeSpec() has a relative mount start at the root', () => {
  assert.equal(parse({ 'mounts[0].destination': 'data' }).mounts?.[0]?.destination, '/data');
});

test('parseRuntimeSpec() keeps apart the capabilities that no kernel has', () => {
  const { process } = parse({ 'process.capabilities.bounding': ['CAP_KILL', 'CAP_TIME_TRAVEL'] });
  assert.deepEqual(process?.capabilities?.bounding, ['CAP_KILL']);
  assert.deepEqual(process?.unknownCapabilities, ['CAP_TIME_TRAVEL']);
});

test('parseRuntimeSpec() drops the numbers of a fifo', () => {
  const fifo = { path: '/dev/initctl', type: 'p', major: 0, minor: 0, fileMode: 0o010600 };
  const expected = { path: '/dev/initctl', type: 'p', fileMode: 0o600 };
  assert.deepEqual(parse({ 'linux.devices': [fifo] }).linux?.devices, [expected]);
});

test('parseRuntimeSpecText() reads every rlimit from 2^63 on as infinity', () => {
  const text = JSON.stringify(changed({ 'process.rlimits[0].hard': 7777 }));
  for (const [written, read] of [
    ['18446744073709551615', -1],
    ['9223372036854775808', -1],
    ['9223372036854774784', 9_223_372_036_854_774_784],
    ['-1', -1],
  ] as const) {
    const spec = parseRuntimeSpecText(text.replace('7777', written), 'config.json');
    assert.equal(spec.process?.rlimits?.[0]?.hard, read);
  }
});

test('parseRuntimeSpecText() keeps every bit of a seccomp value', () => {
  const rule =
    '{"names":["ioctl"],"action":"SCMP_ACT_ALLOW","args":[{"index":1,"op":"SCMP_CMP_EQ","value":NUMBER}]}';
  const seccomp = `{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[${rule}]}`;
  const value = (number: string) => {
    const text = `{"ociVersion":"1.2.0","linux":{"seccomp":${seccomp.replace('NUMBER', number)}}}`;
    return parseRuntimeSpecText(text, 'config.json').linux?.seccomp?.syscalls?.[0]?.args?.[0]?.value;
  };
  assert.equal(value('9007199254740991'), 9_007_199_254_740_991);
  assert.equal(value('9007199254740993'), 9_007_199_254_740_993n);
  assert.equal(value('18446744073709551615'), 18_446_744_073_709_551_615n);
  const message =
    /^Cannot accept config\.json: linux\.seccomp\.syscalls\[0\]\.args\[0\]\.value: expected a whole/;
  for (const bad of ['18446744073709551616', '1e19', '-1', '1.5', '"1"', 'null'])
    assert.throws(() => value(bad), { code: 'config', message });
});

test('parseRuntimeSpecText() keeps limits of 64 bits in their range', () => {
  const text = JSON.stringify(changed({ 'linux.resources.memory': { limit: 7777 } }));
  const spec = parseRuntimeSpecText(text.replace('7777', '9223372036854775807'), 'config.json');
  assert.equal(spec.linux?.resources?.memory?.limit, 2 ** 63 - 1024);
});

test('parseRuntimeSpec() leaves its value as it is', () => {
  const value = changed({
    'mounts[0].destination': 'proc',
    'process.rlimits[0].hard': 2 ** 64,
    hostname: '',
  });
  const before = structuredClone(value);
  parseRuntimeSpec(value, 'config.json');
  assert.deepEqual(value, before);
});

test('parseRuntimeSpecText() refuses more than 1 MiB before it reads it', () => {
  const long = JSON.stringify({ ...runcSpec(), annotations: { key: 'é'.repeat(600_000) } });
  assert.throws(() => parseRuntimeSpecText(long, 'config.json'), {
    code: 'config',
    message: 'Cannot accept config.json: expected at most 1048576 bytes',
  });
});

test('parseRuntimeSpecText() names a text that is no JSON, however deep it nests', () => {
  for (const text of [
    '{"ociVersion":',
    '',
    '['.repeat(500_000),
    `${'['.repeat(400_000)}${']'.repeat(400_000)}`,
  ]) {
    assert.throws(
      () => parseRuntimeSpecText(text, 'config.json'),
      ({ code, message }: FirstbornError) =>
        code === 'config' && message === 'Cannot parse config.json as JSON',
    );
  }
});
