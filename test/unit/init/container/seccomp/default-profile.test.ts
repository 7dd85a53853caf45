import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compileSeccomp } from '../../../../../init/container/seccomp/compile.ts';
import type { CapabilityName } from '../../../../../protocol/oci/capability-names.ts';
import type { SeccompArchitecture } from '../../../../../protocol/oci/runtime-spec.ts';
import { defaultSeccomp } from '../../../../../protocol/oci/seccomp/default-profile.ts';
import { runFilter } from '../../../../support/bpf-interpreter.ts';
import { audit, numbersOf, returns } from '../../../../support/seccomp-model.ts';

const usual: CapabilityName[] = ['CAP_CHOWN', 'CAP_NET_RAW', 'CAP_SYS_CHROOT'];

function programFor(capabilities: CapabilityName[], architecture: 'x64' | 'arm64'): Uint8Array {
  const copy = structuredClone(defaultSeccomp({ capabilities, architecture }));
  return compileSeccomp(copy, { architecture }).program;
}

type Ask = (name: string, ...values: (number | bigint)[]) => number;

/** Asks a filter by names of calls. */
function asker(program: Uint8Array, architecture: SeccompArchitecture, auditNumber: number): Ask {
  const numbers = numbersOf(architecture);
  return (name, ...values) => {
    const number = numbers.get(name);
    assert.ok(number !== undefined, name);
    return runFilter(program, {
      architecture: auditNumber,
      number,
      arguments: values.map((value) => BigInt(value)),
    }).value;
  };
}

const program = programFor(usual, 'x64');
const x64 = asker(program, 'SCMP_ARCH_X86_64', audit.x64);
const x86 = asker(program, 'SCMP_ARCH_X86', audit.x86);
const x32Abi = asker(program, 'SCMP_ARCH_X32', audit.x64);
const askNumber = (architecture: number, number: number): number =>
  runFilter(program, { architecture, number, arguments: [] }).value;
const EPERM = returns.errno(1);
const ENOSYS = returns.errno(38);

describe('The default profile, compiled', () => {
  it('fits into 260 instructions on x86-64, into 200 on arm64', () => {
    assert.ok(program.length / 8 <= 260, `${program.length / 8} instructions`);
    const arm = programFor(usual, 'arm64');
    assert.ok(arm.length / 8 <= 200, `${arm.length / 8} instructions`);
  });

  it('allows what programs live on', () => {
    const names =
      'read write openat mmap execve fork exit_group futex socketpair ptrace chroot prctl seccomp';
    for (const name of names.split(' ')) {
      assert.equal(x64(name), returns.allow, name);
      assert.equal(x86(name), returns.allow, `32-bit ${name}`);
      assert.equal(x32Abi(name), returns.allow, `x32 ${name}`);
    }
    for (const name of ['_llseek', 'chown32', 'clock_gettime64', 'socketcall', 'ipc', 'waitpid']) {
      assert.equal(x86(name), returns.allow, `32-bit ${name}`);
    }
  });

  it('refuses with EPERM what reaches beyond a container', () => {
    const names =
      'mount umount2 setns unshare pivot_root reboot init_module kexec_load bpf perf_event_open keyctl add_key swapon open_by_handle_at settimeofday io_uring_setup userfaultfd acct iopl quotactl syslog move_pages nfsservctl';
    for (const name of names.split(' ')) assert.equal(x64(name), EPERM, name);
  });

  it('lets clone make processes but no namespaces, and says of clone3 that it does not exist', () => {
    assert.equal(x64('clone', 0x0120_0011), returns.allow);
    for (const flag of [0x2_0000, 0x200_0000, 0x400_0000, 0x800_0000, 0x1000_0000, 0x2000_0000, 0x4000_0000])
      assert.equal(x64('clone', 0x11 + flag), EPERM, flag.toString(16));
    assert.equal(x64('clone', 0x1_0000_0011n), returns.allow);
    assert.equal(x64('clone3'), ENOSYS);
  });

  it('gives sockets of every family but those of the kernel and the host', () => {
    for (const family of [1, 2, 10, 11, 16, 17, 39, 44]) {
      assert.equal(x64('socket', family), returns.allow, `${family}`);
      assert.equal(x86('socket', family), returns.allow, `32-bit ${family}`);
    }
    for (const family of [12, 19, 38, 40, 46, 0x1_0000_0001n]) {
      assert.equal(x64('socket', family), EPERM, `${family}`);
    }
    assert.equal(x86('socket', 40), EPERM);
    assert.equal(x32Abi('socket', 40), EPERM);
  });

  it('lets a program choose harmless personalities only', () => {
    for (const persona of [0, 8, 0x2_0000, 0x2_0008, 0xffff_ffff])
      assert.equal(x64('personality', persona), returns.allow, persona.toString(16));
    for (const persona of [1, 0x4_0000, 0x40_0000, 0x1_0000_0000, 0x1_ffff_ffff])
      assert.equal(x64('personality', persona), EPERM, persona.toString(16));
  });

  it('says of calls that it has never heard of that they do not exist', () => {
    for (const number of [467, 600, 0x3fff_ffff])
      assert.equal(askNumber(audit.x64, number), ENOSYS, `${number}`);
    assert.equal(askNumber(audit.x86, 600), ENOSYS);
    assert.equal(askNumber(audit.x64, 0x4000_0258), ENOSYS);
    assert.equal(askNumber(0x8000_0016, 1), returns.kill);
  });

  it('gives those with CAP_SYS_ADMIN mounts, namespaces and clone3', () => {
    const admin = asker(programFor([...usual, 'CAP_SYS_ADMIN'], 'x64'), 'SCMP_ARCH_X86_64', audit.x64);
    for (const name of ['mount', 'setns', 'unshare', 'clone3', 'bpf', 'syslog', 'umount2'])
      assert.equal(admin(name), returns.allow, name);
    assert.equal(admin('clone', 0x1000_0000), returns.allow);
    assert.equal(admin('reboot'), EPERM);
  });

  it('holds for both kinds of programs on arm64', () => {
    const arm64Program = programFor([], 'arm64');
    const arm64 = asker(arm64Program, 'SCMP_ARCH_AARCH64', audit.aarch64);
    const arm = asker(arm64Program, 'SCMP_ARCH_ARM', audit.arm);
    for (const name of ['read', 'openat', 'execve']) {
      assert.equal(arm64(name), returns.allow, name);
      assert.equal(arm(name), returns.allow, `32-bit ${name}`);
    }
    assert.equal(arm('set_tls'), returns.allow);
    for (const name of ['mount', 'chroot', 'reboot']) assert.equal(arm64(name), EPERM, name);
    assert.equal(arm('mount'), EPERM);
  });
});
