import assert from 'node:assert/strict';
import { mkdirSync, openSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import type { GuestConfig } from '../../../../init/phases/config.ts';
import { mainContainerSpec } from '../../../../init/phases/container-spec.ts';
import type { RunnableSpec } from '../../../../init/container/runnable-spec.ts';
import { parseLaunchConfig } from '../../../../protocol/launch-config.ts';
import { Reaper } from '../../../../init/supervision/reaper.ts';
import { FakeNative } from '../../../support/fake-native.ts';
import { makeRecordingLog } from '../../../support/recording-log.ts';
import { bareSpec } from '../../../support/runnable-spec.ts';
import { scratchDirectory } from '../../../support/scratch-directory.ts';

/** What is asked for, and what of the machine it meets. */
interface Wish {
  launch?: object;
  image?: GuestConfig['image'];
  runtime?: GuestConfig['runtime'];
  kernelModules?: { source: string; release: string };
  /** Files of the guest. */
  files?: Record<string, string>;
}

const passwd = 'root:x:0:0::/root:/bin/sh\napp:x:1000:1001::/home/app:/bin/sh\n';
const group = 'app:x:1001:\nwheel:x:10:app\naudio:x:29:\n';

function specOf(context: TestContext, wish: Wish): RunnableSpec {
  const native = new FakeNative();
  const { log } = makeRecordingLog();
  const reaper = new Reaper(native, log);
  context.after(() => process.removeAllListeners('SIGCHLD'));
  const root = scratchDirectory(context);
  context.mock.method(native, 'openInRoot', (top: string, path: string) =>
    openSync(join(root, top, path), 'r'),
  );
  const files = { 'newroot/etc/passwd': passwd, 'newroot/etc/group': group, ...wish.files };
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(root, dirname(name)), { recursive: true });
    writeFileSync(join(root, name), content);
  }
  const config: GuestConfig = {
    launch: parseLaunchConfig({ version: 1, root: { format: 'squashfs' }, ...wish.launch }),
    image: wish.image ?? { config: { Cmd: ['run'] } },
    runtime: wish.runtime,
  };
  const { kernelModules } = wish;
  const surroundings = { rootPath: '/newroot', kernelModules };
  return mainContainerSpec({ native, log, reaper }, config, surroundings);
}

const withContainer = (
  context: TestContext,
  container: object,
  files: Record<string, string> = {},
): RunnableSpec => specOf(context, { launch: { container }, files });

describe('mainContainerSpec() of an image', () => {
  it('looks the user up in the root of the container, with the groups that are added', (context) => {
    const { process } = specOf(context, {
      image: { config: { Cmd: ['run'], User: 'app' } },
      launch: { container: { groupAdd: ['audio'] } },
    });
    const { uid, gid, additionalGids } = process.user;
    assert.deepEqual([uid, gid, additionalGids], [1000, 1001, [10, 29]]);
    assert.ok(process.env?.includes('HOME=/home/app'));
  });

  it('refuses a user that the root does not know', (context) => {
    assert.throws(() => specOf(context, { launch: { process: { user: 'nobody' } } }), {
      code: 'config',
      message: /^Cannot find the user "nobody"/,
    });
  });

  it('has the hostname of the launch config, or the usual one', (context) => {
    assert.equal(specOf(context, { launch: { hostname: 'web' } }).hostname, 'web');
    assert.equal(specOf(context, {}).hostname, 'localhost');
  });

  it("shows init's terminals and, where there are any, kernel modules", (context) => {
    const kernelModules = { source: '/addons/modules', release: '6.1.0' };
    const sources = specOf(context, { kernelModules }).mounts?.map(({ source }) => source) ?? [];
    assert.ok(sources.includes('/run/firstborn/pts/main'));
    assert.ok(sources.includes('/addons/modules'));
    const without = specOf(context, {}).mounts?.map(({ destination }) => destination) ?? [];
    assert.equal(
      without.some((destination) => destination.startsWith('/lib/modules')),
      false,
    );
  });

  it('filters system calls by the default profile unless the user knows better', (context) => {
    assert.equal(specOf(context, {}).linux?.seccomp?.defaultAction, 'SCMP_ACT_ERRNO');
    assert.equal(withContainer(context, { seccomp: 'unconfined' }).linux?.seccomp, undefined);
  });

  it("lets the default profile allow what the container's capabilities are for", (context) => {
    const allowed = (container: object): number =>
      (withContainer(context, container).linux?.seccomp?.syscalls ?? []).flatMap(({ names }) => names).length;
    assert.ok(allowed({ capAdd: ['CAP_SYS_ADMIN'] }) > allowed({}));
  });

  it('filters by a profile on the config disk', (context) => {
    const profile = { defaultAction: 'SCMP_ACT_LOG' };
    const { linux } = withContainer(
      context,
      { seccomp: { file: 'seccomp.json' } },
      { 'config/seccomp.json': JSON.stringify(profile) },
    );
    assert.deepEqual(linux?.seccomp, profile);
  });

  it('names a profile that is not there', (context) => {
    assert.throws(() => withContainer(context, { seccomp: { file: 'seccomp.json' } }), {
      code: 'config',
      message: 'Cannot read "seccomp.json" on the config disk',
    });
  });

  it("gives a privileged container the guest's devices and nothing that hides or filters", (context) => {
    const { linux } = withContainer(context, { privileged: true });
    assert.ok(linux?.devices?.some(({ path }) => path === '/dev/null'));
    assert.deepEqual([linux?.maskedPaths, linux?.readonlyPaths, linux?.seccomp], [[], [], undefined]);
  });

  it('names a device that the guest does not have', (context) => {
    assert.throws(() => withContainer(context, { devices: [{ path: '/dev/no-such-device' }] }), {
      code: 'config',
      message: 'Cannot find a device at "/dev/no-such-device" in the guest',
    });
  });

  it('refuses what the launch config asks for and no container can have', (context) => {
    assert.throws(() => withContainer(context, { sysctl: { 'kernel.panic': '1' } }), {
      code: 'config',
      message: /linux\.sysctl/,
    });
  });
});

describe('mainContainerSpec() of a given configuration', () => {
  it('takes it as it is, whatever image and launch config say', (context) => {
    const runtime = bareSpec({}, { env: ['HOME=/x'] });
    const launch = { hostname: 'web', container: { privileged: true } };
    assert.deepEqual(specOf(context, { runtime, launch }), runtime);
  });

  it('adds the home that the root has for its user', (context) => {
    const runtime = bareSpec({}, { user: { uid: 1000, gid: 0 } });
    assert.deepEqual(specOf(context, { runtime }).process.env, ['HOME=/home/app']);
  });

  it('refuses one without a program', (context) => {
    const { process: _process, ...runtime } = bareSpec();
    assert.throws(() => specOf(context, { runtime }), { code: 'config', message: /process\.args/ });
  });
});
