import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ImageConfig } from '../../../../../protocol/image-config.ts';
import { composeAnnotations } from '../../../../../protocol/oci/convert/annotations.ts';
import { convert, launchWith } from './conversion-input.ts';

const prefix = 'org.opencontainers.image';

const fields: [image: ImageConfig, annotations: Record<string, string>][] = [
  [{}, {}],
  [{ os: 'linux' }, { [`${prefix}.os`]: 'linux' }],
  [
    { architecture: 'arm64', variant: 'v8' },
    { [`${prefix}.architecture`]: 'arm64', [`${prefix}.variant`]: 'v8' },
  ],
  [
    { 'os.version': '1', 'os.features': ['a', 'b'] },
    { [`${prefix}.os.version`]: '1', [`${prefix}.os.features`]: 'a,b' },
  ],
  [
    { author: 'me', created: '2026-01-01T00:00:00Z' },
    { [`${prefix}.author`]: 'me', [`${prefix}.created`]: '2026-01-01T00:00:00Z' },
  ],
  [{ author: null, created: '', 'os.features': [] }, {}],
  [{ config: { StopSignal: 'SIGINT' } }, { [`${prefix}.stopSignal`]: 'SIGINT' }],
  [
    { config: { ExposedPorts: { '80/tcp': {}, '53/udp': {} } } },
    { [`${prefix}.exposedPorts`]: '80/tcp,53/udp' },
  ],
  [{ config: { Labels: { key: 'value', empty: '' } } }, { key: 'value', empty: '' }],
  [{ config: { Labels: null, ExposedPorts: null, StopSignal: null } }, {}],
  [{ os: 'linux', config: { Labels: { [`${prefix}.os`]: 'other' } } }, { [`${prefix}.os`]: 'other' }],
];
for (const [image, annotations] of fields) {
  test(`composeAnnotations() of ${JSON.stringify(image)} is what conversion.md says`, () => {
    assert.deepEqual(composeAnnotations(image, launchWith()), annotations);
  });
}

test('composeAnnotations() lays what is asked for over what the image says', () => {
  const image = { config: { StopSignal: 'SIGINT', Labels: { a: 'image', b: 'image' } } };
  const launch = launchWith({
    process: { stopSignal: 'SIGUSR1' },
    container: { annotations: { a: 'asked' } },
  });
  assert.deepEqual(composeAnnotations(image, launch), {
    [`${prefix}.stopSignal`]: 'SIGUSR1',
    a: 'asked',
    b: 'image',
  });
});

test('composeAnnotations() takes keys that objects have of their own', () => {
  const Labels = JSON.parse('{"__proto__":"x","constructor":"y"}') as Record<string, string>;
  const annotations = composeAnnotations({ config: { Labels } }, launchWith());
  assert.deepEqual(Object.entries(annotations), [
    ['__proto__', 'x'],
    ['constructor', 'y'],
  ]);
});

test('toRuntimeSpec() has no annotations where there are none', () => {
  assert.equal('annotations' in convert(), false);
});
