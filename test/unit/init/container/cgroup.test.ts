import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { cgroupDirectory, cgroupPlan, ContainerCgroup } from '../../../../init/container/cgroup.ts';
import type { SpecLinux } from '../../../../protocol/oci/runtime-spec.ts';
import { FakeNative } from '../../../support/fake-native.ts';
import { moveFiles } from '../../../support/moved-files.ts';
import { openFds } from '../../../support/open-descriptors.ts';
import { planLines, planLinesWithTolerance } from '../../../support/plan-text.ts';
import { makeRecordingLog } from '../../../support/recording-log.ts';
import { recordPlans } from '../../../support/recorded-plans.ts';
import { scratchDirectory } from '../../../support/scratch-directory.ts';

const path = '/sys/fs/cgroup/containers/main';

describe('cgroupDirectory()', () => {
  const directories: [cgroupsPath: string | undefined, directory: string][] = [
    [undefined, '/sys/fs/cgroup/containers/main'],
    ['/web', '/sys/fs/cgroup/containers/web'],
    ['web/one', '/sys/fs/cgroup/containers/web/one'],
    ['//web/./one/', '/sys/fs/cgroup/containers/web/one'],
  ];
  for (const [cgroupsPath, directory] of directories) {
    it(`is ${directory} for ${cgroupsPath ?? 'a container without a path of its own'}`, () => {
      assert.equal(cgroupDirectory('main', cgroupsPath), directory);
    });
  }

  for (const cgroupsPath of ['/', '', '.', '/web/../..', '..']) {
    it(`refuses "${cgroupsPath}", which is not below that of all containers`, () => {
      assert.throws(() => cgroupDirectory('main', cgroupsPath), {
        code: 'config',
        message: new RegExp(`linux.cgroupsPath: expected a path below .*, not "${cgroupsPath}"$`),
      });
    });
  }
});

describe('cgroupPlan()', () => {
  it('hands controllers down to two cgroups below the one that has the limits', () => {
    assert.deepEqual(planLinesWithTolerance(cgroupPlan(path, ['memory'])), [
      'writeFile /sys/fs/cgroup/cgroup.subtree_control 0 0644 +memory [warns]',
      'makeDirectory /sys/fs/cgroup/containers 0755 [accepts EEXIST]',
      'writeFile /sys/fs/cgroup/containers/cgroup.subtree_control 0 0644 +memory [warns]',
      'makeDirectory /sys/fs/cgroup/containers/main 0755',
      'writeFile /sys/fs/cgroup/containers/main/cgroup.subtree_control 0 0644 +memory [warns]',
      'makeDirectory /sys/fs/cgroup/containers/main/main 0755',
      'makeDirectory /sys/fs/cgroup/containers/main/exec 0755',
    ]);
  });

  it('asks for each controller by itself, as any may be missing', () => {
    const asked = planLines(cgroupPlan(path, ['cpu', 'pids'])).filter((line) =>
      line.includes(`${path}/cgroup.subtree_control`),
    );
    assert.deepEqual(
      asked.map((line) => line.split(' ').at(-1)),
      ['+cpu', '+pids'],
    );
  });

  it('makes what lies above a path of the configuration, which alone must be new', () => {
    const made = planLinesWithTolerance(cgroupPlan('/sys/fs/cgroup/containers/a/b', [])).slice(1, 3);
    assert.deepEqual(made, [
      'makeDirectory /sys/fs/cgroup/containers/a 0755 [accepts EEXIST]',
      'makeDirectory /sys/fs/cgroup/containers/a/b 0755',
    ]);
  });
});

/** A machine whose cgroup of the container has these files by the time when its limits are written. */
function openMachine(context: TestContext, files: readonly string[]) {
  const root = scratchDirectory(context);
  const directory = join(root, path);
  for (const name of ['main', 'exec']) mkdirSync(join(directory, name), { recursive: true });
  writeFileSync(join(root, '/sys/fs/cgroup/cgroup.controllers'), 'cpu memory pids\n');
  for (const name of files) writeFileSync(join(directory, name), '');
  moveFiles(context, root, ['/sys/fs/cgroup']);
  const native = new FakeNative();
  context.after(() => native.dispose());
  const { log, lines } = makeRecordingLog();
  const linesOf = recordPlans(context);
  return {
    native,
    log,
    lines,
    directory,
    create: (linux: SpecLinux = {}) => ContainerCgroup.create(native, log, 'main', linux),
    /** The operations of the last plan. */
    last: () => linesOf(native.plans.at(-1)),
  };
}

const limits: SpecLinux = { resources: { pids: { limit: 60 }, memory: { limit: 1 << 20 } } };

describe('create()', () => {
  it('writes each limit where the container is bound by it and where its programs look for it', (context) => {
    const machine = openMachine(context, ['pids.max', 'memory.max']);
    const cgroup = machine.create(limits);
    assert.equal(cgroup.path, path);
    const written = machine.last().slice(0, -1);
    assert.deepEqual(written, [
      `writeFile ${path}/pids.max 0 0644 60`,
      `writeFile ${path}/main/pids.max 0 0644 60`,
      `writeFile ${path}/memory.max 0 0644 1048576`,
      `writeFile ${path}/main/memory.max 0 0644 1048576`,
    ]);
    assert.deepEqual(machine.lines, []);
    cgroup.closeFds();
  });

  it('attaches the rules about devices, which every container has', (context) => {
    const machine = openMachine(context, []);
    machine.create().closeFds();
    assert.match(machine.last().join('\n'), new RegExp(`^attachDeviceProgram ${path} \\d+ instructions$`));
  });

  it('says which limits the kernel has no file for, and goes on without them', (context) => {
    const machine = openMachine(context, ['memory.max']);
    machine.create(limits).closeFds();
    assert.equal(machine.last().length, 3);
    assert.deepEqual(
      machine.lines.map(({ file, value }) => [file, value]),
      [['pids.max', '60']],
    );
  });

  it('writes what stands for a limit where the kernel has another file for it', (context) => {
    const blockIO = { resources: { blockIO: { weight: 500 } } };
    for (const name of ['io.bfq.weight', 'io.weight']) {
      const machine = openMachine(context, [name]);
      machine.create(blockIO).closeFds();
      assert.deepEqual(
        machine
          .last()
          .slice(0, -1)
          .map((line) => line.split(' ')[1]),
        [`${path}/${name}`, `${path}/main/${name}`],
      );
    }
  });

  it('bounds all containers together before it writes what one of them may have', (context) => {
    const machine = openMachine(context, []);
    const linesOf = recordPlans(context);
    machine.create().closeFds();
    assert.deepEqual(
      linesOf(machine.native.plans[1]).map((line) => line.split(' ')[1]),
      ['/sys/fs/cgroup/containers/memory.max', '/sys/fs/cgroup/containers/pids.max'],
    );
  });

  it('leaves no cgroup behind when a value makes no sense', (context) => {
    const machine = openMachine(context, []);
    const before = openFds();
    assert.throws(() => machine.create({ resources: { pids: { limit: 0.5 } } }), {
      code: 'config',
      message: /linux\.resources\.pids\.limit/,
    });
    assert.equal(existsSync(machine.directory), false);
    assert.equal(openFds(), before);
  });

  it('leaves no cgroup behind when the kernel refuses a value', (context) => {
    const machine = openMachine(context, []);
    const { native } = machine;
    let plans = 0;
    context.mock.method(native, 'runPlan', () => {
      plans += 1;
      if (plans < 3) return { state: 'done', warnings: [] };
      return { state: 'failed', failure: { operation: 0, errno: 22 }, warnings: [] };
    });
    assert.throws(() => machine.create(), { code: 'guest', message: /^Cannot bpf / });
    assert.equal(existsSync(machine.directory), false);
  });

  it('leaves the cgroup of another alone that has its path', (context) => {
    const machine = openMachine(context, []);
    machine.native.planResult = { state: 'failed', failure: { operation: 7, errno: 17 }, warnings: [] };
    assert.throws(() => machine.create(), { code: 'guest', message: `Cannot mkdir "${path}" 0755` });
    assert.equal(existsSync(machine.directory), true);
  });
});

describe('a cgroup', () => {
  it('has a descriptor for the container and one for what is started beside it, until they are closed', (context) => {
    const machine = openMachine(context, []);
    const before = openFds();
    const cgroup = machine.create();
    assert.notEqual(cgroup.mainFd, cgroup.execFd);
    cgroup.closeFds();
    assert.equal(openFds(), before);
  });

  it('kills by the file that kills all, and says when there is none', (context) => {
    const machine = openMachine(context, ['cgroup.kill']);
    const cgroup = machine.create();
    assert.equal(cgroup.kill(), true);
    assert.equal(readFileSync(join(machine.directory, 'cgroup.kill'), 'utf8'), '1');
    cgroup.closeFds();
    const other = openMachine(context, []).create();
    assert.equal(other.kill(), false);
    other.closeFds();
  });

  it('is removed with what the container has made below it', async (context) => {
    const machine = openMachine(context, []);
    const cgroup = machine.create();
    mkdirSync(join(machine.directory, 'main/of/the/container'), { recursive: true });
    cgroup.closeFds();
    await cgroup.remove();
    assert.equal(existsSync(machine.directory), false);
  });
});
