import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { defaultWorkload, type WorkloadOptions } from '../../../../host/launch/launch-config.ts';
import type { MountRequest } from '../../../../host/launch/mounts.ts';
import { imageSpec } from '../../../../host/preparation/image-spec.ts';
import { refuseImpossible } from '../../../../protocol/oci/impossible.ts';
import type { RuntimeSpec } from '../../../../protocol/oci/runtime-spec.ts';
import { directory, file, symlink, tarOf, temporaryDirectory } from '../../../support/image-fixtures.ts';
import { layoutOf } from '../../../support/layout-fixtures.ts';

const layers = [
  tarOf([
    directory('bin'),
    file('bin/busybox', 'ELF', { mode: 0o755 }),
    symlink('bin/sh', 'busybox'),
    directory('etc'),
    file('etc/passwd', 'root:x:0:0::/root:/bin/sh\napp:x:1000:1001::/home/app:/bin/sh\n'),
    file('etc/group', 'app:x:1001:\nwheel:x:10:app\nextra:x:2000:\n'),
  ]),
];
const imageOptions = {
  User: 'app',
  Cmd: ['httpd', '-f'],
  Env: ['PATH=/bin'],
  WorkingDir: '/srv',
  StopSignal: 'SIGQUIT',
  Volumes: { '/srv/data': {} },
  ExposedPorts: { '80/tcp': {} },
  Labels: { maintainer: 'us' },
};

async function specOf(
  context: TestContext,
  options: Partial<WorkloadOptions> = {},
  mounts: MountRequest[] = [],
): Promise<RuntimeSpec> {
  const layout = layoutOf({
    layers,
    editConfig: (config) => {
      config['config'] = imageOptions;
    },
  });
  const image = await layout.writeTo(join(await temporaryDirectory(context), 'layout'));
  const workload = { ...defaultWorkload(), ...options };
  const { signal } = new AbortController();
  return await imageSpec({ image, workload, mounts, architecture: 'x86_64' }, signal);
}

describe('imageSpec()', () => {
  it('shows every field of the image', async (context) => {
    const spec = await specOf(context);
    const { process, annotations, mounts, hostname } = spec;
    assert.deepEqual([process?.args, process?.cwd, hostname], [['httpd', '-f'], '/srv', 'firstborn']);
    assert.deepEqual(process?.user, { uid: 1000, gid: 1001, umask: 0o022, additionalGids: [10] });
    assert.deepEqual(process?.env, [
      'PATH=/bin',
      'container=firstborn',
      'HOSTNAME=firstborn',
      'HOME=/home/app',
    ]);
    assert.deepEqual(annotations, {
      'org.opencontainers.image.os': 'linux',
      'org.opencontainers.image.architecture': 'amd64',
      'org.opencontainers.image.stopSignal': 'SIGQUIT',
      'org.opencontainers.image.exposedPorts': '80/tcp',
      maintainer: 'us',
    });
    assert.deepEqual(mounts?.at(-1)?.destination, '/srv/data');
    assert.deepEqual(refuseImpossible(spec), []);
  });

  it('has the default filter, none, or the one that is named', async (context) => {
    const { linux } = await specOf(context);
    assert.equal(linux?.seccomp?.defaultAction, 'SCMP_ACT_ERRNO');
    assert.ok((linux?.seccomp?.syscalls?.length ?? 0) > 5);
    assert.equal((await specOf(context, { container: { privileged: true } })).linux?.seccomp, undefined);
    await assert.rejects(specOf(context, { container: { seccomp: { profilePath: '/none/p.json' } } }), {
      code: 'host',
      message: 'Cannot read "/none/p.json"',
    });
  });

  it('lays the options over the image', async (context) => {
    const spec = await specOf(context, {
      user: 'root:extra',
      command: ['ls'],
      env: new Map([['A', 'b']]),
      hostname: 'box',
      terminal: { rows: 3, columns: 4 },
      limits: { pids: 5 },
      container: { groupAdd: ['wheel'], devices: [{ path: '/dev/fuse' }] },
    });
    assert.deepEqual(spec.process?.user, { uid: 0, gid: 2000, umask: 0o022, additionalGids: [10] });
    assert.deepEqual([spec.process?.args, spec.process?.terminal, spec.hostname], [['ls'], true, 'box']);
    assert.ok(spec.process?.env?.includes('A=b'));
    assert.deepEqual(spec.linux?.resources?.pids, { limit: 5 });
    assert.deepEqual(spec.linux?.devices?.at(-1)?.path, '/dev/fuse');
  });

  it('shows what would be mounted', async (context) => {
    const source = await temporaryDirectory(context);
    const { mounts = [] } = await specOf(context, {}, [
      { type: 'bind', source, destination: '/in', readonly: true },
      { type: 'tmpfs', destination: '/srv/data/tmp', readonly: false, options: [] },
    ]);
    assert.deepEqual(
      mounts.slice(7).map(({ destination }) => destination),
      ['/in', '/srv/data', '/srv/data/tmp'],
    );
    assert.deepEqual(mounts[7]?.options, ['bind', 'nosuid', 'nodev', 'ro']);
  });

  it('refuses what the image or the machine lacks', async (context) => {
    await assert.rejects(specOf(context, { user: 'nobody' }), {
      message: 'Cannot find the user "nobody" in the image\'s /etc/passwd',
    });
    await assert.rejects(specOf(context, { container: { devices: [{ path: '/dev/vda' }] } }), {
      message: 'Cannot tell what the device "/dev/vda" is: only the machine itself knows its numbers',
    });
  });
});
