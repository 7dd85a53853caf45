import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { TestContext } from 'node:test';
import { Firstborn } from '../../../../host/client/index.ts';
import { killProcess } from '../../../../host/machine/liveness.ts';
import type { MachineStatus } from '../../../../host/machine/machine-record.ts';
import { type Scenario, scenarioArgument } from '../../../support/fake-vm/scenario.ts';

/**
 * A host on which everything but the virtual machine is real: a state directory, the results of a build, an image, and
 * a QEMU in the path that is test/support/fake-vm.ts.
 */
export interface FakeInstallation {
  environment: NodeJS.ProcessEnv;
  stateDir: string;
  /** A root file system that `create` takes. */
  image: string;
  /** Ids of the machines that are there. */
  machineIds: () => string[];
  /** What the machines booted from now on do. */
  play: (scenario: Scenario) => void;
}

/** The head of a bzImage (Documentation/arch/x86/boot.rst) with a release in it. */
function kernelImage(): Buffer {
  const image = Buffer.alloc(0x1000);
  image.write('HdrS', 0x202, 'latin1');
  image.writeUInt16LE(0x400 - 0x200, 0x20e);
  image.write('6.1.0-fake (builder) #1\0', 0x400, 'latin1');
  return image;
}

function writeBuild(buildDir: string): void {
  mkdirSync(join(buildDir, 'kernel'), { recursive: true });
  writeFileSync(join(buildDir, 'initramfs-base.cpio'), 'base archive');
  writeFileSync(join(buildDir, 'kernel/vmlinuz'), kernelImage());
}

function writeRootFilesystem(image: string): void {
  mkdirSync(join(image, 'bin'), { recursive: true });
  writeFileSync(join(image, 'bin/sh'), '#!/bin/true\n', { mode: 0o755 });
}

/** A program by QEMU's name. The scenario stands before the kernel's own arguments, where fake-vm.ts finds it first. */
function writeQemu(binDir: string, scenario: Scenario): void {
  const script = join(import.meta.dirname, '../../../support/fake-vm.ts');
  const path = join(binDir, 'qemu-system-x86_64');
  writeFileSync(
    path,
    `#!/bin/sh
if [ "$1" = --version ]; then echo "QEMU emulator version 7.2.0 (fake)"; exit; fi
exec "${process.execPath}" "${script}" -append '${scenarioArgument(scenario)}' "$@"
`,
  );
  chmodSync(path, 0o755);
}

function killMachines(machinesDir: string): void {
  if (!existsSync(machinesDir)) return;
  for (const id of readdirSync(machinesDir)) {
    try {
      const text = readFileSync(join(machinesDir, id, 'status.json'), 'utf8');
      const { monitor, vm } = JSON.parse(text) as MachineStatus;
      for (const identity of [monitor, vm]) if (identity !== null) killProcess(identity);
    } catch {
      // It has no status, or is removing itself.
    }
  }
}

/** The library in this process on an installation: QEMU is looked for in this process's own path. */
export function fakeFirstborn(
  context: TestContext,
  scenario: Scenario,
): FakeInstallation & { firstborn: Firstborn } {
  const installation = fakeInstallation(context, scenario);
  const { PATH } = process.env;
  process.env['PATH'] = installation.environment['PATH'];
  context.after(() => {
    process.env['PATH'] = PATH;
  });
  return { ...installation, firstborn: new Firstborn({ environment: installation.environment }) };
}

/** Makes an installation. When the test has ended its machines are killed and everything is removed. */
export function fakeInstallation(context: TestContext, scenario: Scenario): FakeInstallation {
  const root = mkdtempSync(join(tmpdir(), 'fb-'));
  const [stateDir, buildDir, binDir, image] = ['state', 'build', 'bin', 'image'].map((name) =>
    join(root, name),
  ) as [string, string, string, string];
  mkdirSync(binDir);
  writeBuild(buildDir);
  writeRootFilesystem(image);
  writeQemu(binDir, scenario);
  const machinesDir = join(stateDir, 'machines');
  context.after(() => {
    killMachines(machinesDir);
    rmSync(root, { recursive: true, force: true, maxRetries: 10 });
  });
  return {
    environment: {
      ...process.env,
      PATH: `${binDir}${delimiter}${process.env['PATH']}`,
      FIRSTBORN_STATE_DIR: stateDir,
      FIRSTBORN_BUILD_DIR: buildDir,
    },
    stateDir,
    image,
    machineIds: () => (existsSync(machinesDir) ? readdirSync(machinesDir) : []),
    play: (next) => writeQemu(binDir, next),
  };
}
