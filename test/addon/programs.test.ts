import assert from 'node:assert/strict';
import { closeSync, constants, openSync, readdirSync } from 'node:fs';
import { constants as systemConstants } from 'node:os';
import { describe, it } from 'node:test';
import {
  SECCOMP_FILTER_FLAG_LOG,
  SECCOMP_FILTER_FLAG_NEW_LISTENER,
  SECCOMP_FILTER_FLAG_TSYNC,
} from '../../addon/constants.ts';
import { Plan } from '../../addon/plan.ts';
import { cgroupRoot, makeCgroup } from './support/cgroup.ts';
import { runChild, shell } from './support/child.ts';
import { native } from './support/native.ts';
import { scratchDirectory } from './support/scratch.ts';

const scratch = scratchDirectory();
const { EPERM, EINVAL } = systemConstants.errno;

/** Of the architecture that runs the tests: asm/unistd.h. */
const callNumbers =
  process.arch === 'arm64'
    ? { mkdir: 34, write: 64, execve: 221, exit: 93, exitGroup: 94 }
    : { mkdir: 83, write: 1, execve: 59, exit: 60, exitGroup: 231 };

/** struct sock_filter: u16 code, u8 jump if true, u8 jump if false, u32 k. */
function instruction(code: number, jumpTrue: number, jumpFalse: number, k: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt16LE(code, 0);
  bytes.writeUInt8(jumpTrue, 2);
  bytes.writeUInt8(jumpFalse, 3);
  bytes.writeUInt32LE(k, 4);
  return bytes;
}

const loadCallNumber = instruction(0x20, 0, 0, 0);
const allow = instruction(0x06, 0, 0, 0x7fff_0000);
const refuse = instruction(0x06, 0, 0, 0x0005_0000 | EPERM);

/** A filter that makes the calls fail with EPERM and allows all others. */
function refusing(...calls: (keyof typeof callNumbers)[]): Uint8Array {
  const tests = calls.flatMap((call) => [instruction(0x15, 0, 1, callNumbers[call]), refuse]);
  return Buffer.concat([loadCallNumber, ...tests, allow]);
}

describe('setSeccompFilter()', () => {
  it('holds for the program', async () => {
    const { output, handshake } = await runChild((plan) => {
      plan.setSeccompFilter(refusing('mkdir'), SECCOMP_FILTER_FLAG_LOG);
      shell(plan, `grep Seccomp: /proc/self/status; LC_ALL=C mkdir ${scratch}/refused`);
    });
    assert.equal(handshake.state, 'executed');
    assert.match(output, /^Seccomp:\t2\nmkdir: .*Operation not permitted\n$/);
  });

  it('needs no privilege after setNoNewPrivileges()', async () => {
    const bare = await runChild((plan) => plan.setUserId(1000).setSeccompFilter(allow));
    assert.deepEqual([bare.failure?.syscall, bare.failure?.code], ['seccomp', 'EACCES']);
    const { handshake } = await runChild((plan) =>
      plan.setUserId(1000).setNoNewPrivileges().setSeccompFilter(allow, SECCOMP_FILTER_FLAG_TSYNC),
    );
    assert.equal(handshake.state, 'ended');
  });

  it('adds up', async () => {
    const { output } = await runChild((plan) => {
      plan.setSeccompFilter(allow).setSeccompFilter(refusing('mkdir'));
      plan.execute(['/bin/grep'], ['grep', 'Seccomp_filters', '/proc/self/status'], []);
    });
    assert.equal(output, 'Seccomp_filters:\t2\n');
  });

  it('may forbid write(2): that the program runs is known all the same', async () => {
    const { handshake, exit } = await runChild((plan) => {
      plan.remove('/nowhere', { orWarn: true }).setSeccompFilter(refusing('write'));
      plan.execute(['/bin/true'], ['true'], []);
    });
    assert.deepEqual(handshake, { state: 'executed', warnings: [{ operation: 2, errno: 2 }] });
    assert.equal('code' in exit && exit.code, 0);
  });

  it('may forbid execve(2), which is reported', async () => {
    const { failure, exit } = await runChild((plan) => {
      plan.setSeccompFilter(refusing('execve')).execute(['/bin/true'], ['true'], []);
    });
    assert.deepEqual([failure?.syscall, failure?.code], ['execve', 'EPERM']);
    assert.equal('code' in exit && exit.code, 125);
  });

  it('may forbid every way to end but a fault, and the child still ends', async () => {
    const some = await runChild((plan) => {
      plan.setSeccompFilter(refusing('execve', 'write', 'exitGroup')).execute(['/bin/true'], ['true'], []);
    });
    assert.deepEqual(some.exit, { state: 'exited', pid: some.pid, code: 125 });
    const all = await runChild((plan) => {
      plan.setResourceLimit(4, 0, 0).setSeccompFilter(refusing('execve', 'exit', 'exitGroup'));
      plan.execute(['/bin/true'], ['true'], []);
    });
    assert.equal(all.exit.state, 'signaled');
    assert.equal(all.failure?.code, 'EPERM');
  });

  it('refuses a filter that the kernel finds wrong, and a listener', async () => {
    const endless = await runChild((plan) => plan.setSeccompFilter(loadCallNumber));
    assert.equal(endless.failure?.code, 'EINVAL');
    const listener = await runChild((plan) => plan.setSeccompFilter(allow, SECCOMP_FILTER_FLAG_NEW_LISTENER));
    assert.deepEqual(listener.failure?.arguments, ['1 instructions', 'SECCOMP_FILTER_FLAG_NEW_LISTENER']);
    assert.equal(listener.failure?.code, 'EINVAL');
  });

  it('is refused as a whole when its bytes are no whole instructions', () => {
    // The encoder never makes one: 8 bytes become 12 within the same padding.
    const bytes = new Plan().setSeccompFilter(allow).bytes();
    bytes[32] = 12;
    const result = native.runPlan(bytes);
    assert.deepEqual(result.state === 'failed' && result.failure, { operation: 0, errno: EINVAL });
  });
});

/** struct bpf_insn: r0 = value, exit. */
const answering = (value: number): Uint8Array =>
  Uint8Array.of(0xb7, 0, 0, 0, value, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0);

/** What opening /dev/zero gives inside a cgroup with these device programs. */
async function openZeroWith(...programs: Uint8Array[]): Promise<string> {
  const cgroup = makeCgroup('firstborn-devices');
  const plan = new Plan();
  for (const program of programs) plan.attachDeviceProgram(cgroup.path, program);
  const before = readdirSync('/proc/self/fd').length;
  assert.deepEqual(native.runPlan(plan.bytes()), { state: 'done', warnings: [] });
  assert.equal(readdirSync('/proc/self/fd').length, before, 'no descriptor is left');
  const cgroupFd = openSync(cgroup.path, constants.O_RDONLY | constants.O_DIRECTORY);
  const { failure } = await runChild((child) => child.openPath(0, '/dev/zero', 0), { cgroupFd });
  closeSync(cgroupFd);
  cgroup.remove();
  return failure?.code ?? 'opened';
}

/** The errno of attaching a program, or nothing. */
const codeOf = (path: string, program: Uint8Array): number | undefined => {
  const result = native.runPlan(new Plan().attachDeviceProgram(path, program).bytes());
  return result.state === 'failed' ? result.failure.errno : undefined;
};

describe('attachDeviceProgram()', () => {
  it('decides which devices can be opened in the cgroup', async () => {
    assert.equal(await openZeroWith(), 'opened');
    assert.equal(await openZeroWith(answering(1)), 'opened');
    assert.equal(await openZeroWith(answering(0)), 'EPERM');
  });

  it('leaves the programs before it in force', async () => {
    assert.equal(await openZeroWith(answering(1), answering(1)), 'opened');
    assert.equal(await openZeroWith(answering(0), answering(1)), 'EPERM');
    assert.equal(await openZeroWith(answering(1), answering(0)), 'EPERM');
  });

  it('reports what the verifier refuses, a missing directory and one that is no cgroup', () => {
    const { EACCES, EBADF, ENOENT, ENOTDIR } = systemConstants.errno;
    const exitWithoutAnswer = Uint8Array.of(0x95, 0, 0, 0, 0, 0, 0, 0);
    assert.equal(codeOf(cgroupRoot(), exitWithoutAnswer), EACCES);
    assert.equal(codeOf(cgroupRoot(), new Uint8Array(8)), EINVAL);
    assert.equal(codeOf(`${cgroupRoot()}/missing`, answering(1)), ENOENT);
    assert.equal(codeOf(`${cgroupRoot()}/cgroup.procs`, answering(1)), ENOTDIR);
    assert.equal(codeOf(scratch, answering(1)), EBADF);
  });
});
