import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  composeEnvironment,
  type EnvironmentSources,
  environmentValue,
  executableCandidates,
  overlayEnvironment,
} from '../../../../../protocol/oci/convert/environment.ts';

const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const compose = (sources: Partial<EnvironmentSources>): string[] =>
  composeEnvironment({
    image: [],
    launch: {},
    launchDefaults: {},
    hostname: 'web',
    home: '/root',
    hasTerminal: false,
    ...sources,
  });

test('composeEnvironment() fills in what nobody set, after the marker', () => {
  assert.deepEqual(compose({}), ['container=firstborn', `PATH=${defaultPath}`, 'HOSTNAME=web', 'HOME=/root']);
});

test('composeEnvironment() never overrides with a default', () => {
  assert.deepEqual(compose({ image: ['PATH=/image'], launch: { HOME: '', HOSTNAME: 'other' } }), [
    'PATH=/image',
    'HOME=',
    'HOSTNAME=other',
    'container=firstborn',
  ]);
});

test('composeEnvironment() lays the launch config over the image, in the place of the image', () => {
  assert.deepEqual(compose({ image: ['A=1', 'B=1', 'C=1'], launch: { B: '2', D: '2' } }).slice(0, 4), [
    'A=1',
    'B=2',
    'C=1',
    'D=2',
  ]);
});

test('composeEnvironment() uses the defaults of the launch config only where nobody else has a value', () => {
  const launchDefaults = { A: 'default', B: 'default', C: 'default', PATH: '/default', container: 'x' };
  assert.deepEqual(compose({ image: ['A=image'], launch: { B: 'launch' }, launchDefaults }), [
    'A=image',
    'B=launch',
    'container=firstborn',
    'C=default',
    'PATH=/default',
    'HOSTNAME=web',
    'HOME=/root',
  ]);
});

test('composeEnvironment() sets the marker over what both say', () => {
  const environment = compose({ image: ['container=docker'], launch: { container: 'podman' } });
  assert.deepEqual(
    environment.filter((entry) => entry.startsWith('container=')),
    ['container=firstborn'],
  );
});

test('composeEnvironment() reads entries of an image as they come', () => {
  const image = ['X=a=b', 'EMPTY=', 'BARE', '=nameless', '', 'TWICE=1', 'TWICE=2'];
  assert.deepEqual(compose({ image }).slice(0, 4), ['X=a=b', 'EMPTY=', 'BARE=', 'TWICE=2']);
});

test('composeEnvironment() takes names that objects have of their own', () => {
  const image = ['__proto__=x', 'constructor=y', 'toString=z'];
  assert.deepEqual(compose({ image }).slice(0, 3), image);
});

const lookups: [environment: string[], name: string, value: string | undefined][] = [
  [['PATH=/bin'], 'PATH', '/bin'],
  [['PATH=/bin', 'PATH=/sbin'], 'PATH', '/sbin'],
  [['PATHS=/bin'], 'PATH', undefined],
  [['PATH='], 'PATH', ''],
  [['X=a=b'], 'X', 'a=b'],
  [[], 'PATH', undefined],
];
for (const [environment, name, value] of lookups) {
  test(`environmentValue() finds ${name} in [${environment.join(' ')}] as ${JSON.stringify(value)}`, () => {
    assert.equal(environmentValue(environment, name), value);
  });
}

const candidates: [command: string, path: string, files: string[]][] = [
  ['sh', '/usr/bin:/bin', ['/usr/bin/sh', '/bin/sh']],
  ['/bin/sh', '/usr/bin', ['/bin/sh']],
  ['./run', '/usr/bin', ['./run']],
  ['bin/run', '/usr/bin', ['bin/run']],
  ['run', '', ['./run']],
  ['run', ':/bin', ['./run', '/bin/run']],
  ['run', '/bin:', ['/bin/run', './run']],
  ['run', '/a::/b', ['/a/run', './run', '/b/run']],
  ['run', 'relative', ['relative/run']],
  ['', '/usr/bin:/bin', ['']],
];
for (const [command, path, files] of candidates) {
  test(`executableCandidates() of "${command}" in "${path}" are ${files.join(' and ')}`, () => {
    assert.deepEqual(executableCandidates(command, path), files);
  });
}

test('composeEnvironment() says what a terminal is only where there is one and nobody has said it', () => {
  assert.ok(compose({ hasTerminal: true }).includes('TERM=xterm'));
  assert.ok(compose({ hasTerminal: true, image: ['TERM=vt100'] }).includes('TERM=vt100'));
  assert.equal(compose({}).includes('TERM=xterm'), false);
});

test('overlayEnvironment() replaces in place and adds at the end', () => {
  assert.deepEqual(overlayEnvironment(['A=1', 'B=1=1', 'C'], { B: '2', D: '' }, false), [
    'A=1',
    'B=2',
    'C=',
    'D=',
  ]);
});

test('overlayEnvironment() adds the type of a terminal that has none', () => {
  assert.deepEqual(overlayEnvironment([], {}, true), ['TERM=xterm']);
  assert.deepEqual(overlayEnvironment(['TERM=linux'], {}, true), ['TERM=linux']);
});
