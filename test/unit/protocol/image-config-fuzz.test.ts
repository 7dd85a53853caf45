import { test } from 'node:test';
import { formatExactJson } from '../../../protocol/oci/exact-json.ts';
import { parseRuntimeSpecText } from '../../../protocol/oci/runtime-spec-schema.ts';
import { toRuntimeSpec } from '../../../protocol/oci/convert/to-runtime-spec.ts';
import { ImageConfig } from '../../../protocol/image-config.ts';
import { parseLaunchConfig } from '../../../protocol/launch-config.ts';
import { parseWith } from '../../../protocol/parse.ts';
import { fuzzParser } from '../../support/parser-fuzzing.ts';

const whole = {
  architecture: 'amd64',
  os: 'linux',
  variant: 'v1',
  'os.version': '1',
  'os.features': ['x'],
  author: 'somebody',
  created: '2024-01-01T00:00:00Z',
  config: {
    User: '1000:100',
    Env: ['PATH=/bin', 'EMPTY=', 'BARE'],
    Entrypoint: ['serve'],
    Cmd: ['--port', '80'],
    WorkingDir: '/srv',
    StopSignal: 'SIGQUIT',
    Healthcheck: { Test: ['CMD-SHELL', 'true'], Interval: 1e9, Timeout: 1e9, StartPeriod: 0, Retries: 3 },
    Shell: ['/bin/sh', '-c'],
    Volumes: { '/data': {} },
    ExposedPorts: { '80/tcp': {}, '53/udp': {} },
    Labels: { a: 'b' },
  },
  rootfs: { type: 'layers', diff_ids: ['sha256:00'] },
};

const launch = parseLaunchConfig({ version: 1, root: { format: 'squashfs' } });

/** Reads an image config, makes a container's configuration of it and reads that as well. */
function readAndConvert(value: unknown): void {
  const spec = toRuntimeSpec({
    image: parseWith(ImageConfig, value, 'image/config.json'),
    launch,
    user: { uid: 1000, gid: 100, additionalGids: [], home: '/' },
    hostname: 'web',
    terminals: '/run/firstborn/pts/main',
    kernelModules: undefined,
    seccomp: undefined,
    findDevices: () => [],
  });
  parseRuntimeSpecText(formatExactJson(spec), 'runtime.json');
}

test('an image config is refused properly or becomes a configuration that can be read back', () => {
  fuzzParser(readAndConvert, [whole], 'config');
});
