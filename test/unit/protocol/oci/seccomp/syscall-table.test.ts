import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seccompArchitectures } from '../../../../../protocol/oci/runtime-spec.ts';
import { eachSyscall, syscallTable } from '../../../../../protocol/oci/seccomp/syscall-table.ts';
import { x86IpcCalls, x86SocketCalls } from '../../../../../protocol/oci/seccomp/syscalls-x86.ts';

function read(table: string): Map<string, number> {
  const numbers = new Map<string, number>();
  eachSyscall(table, (name, number) => {
    assert.ok(!numbers.has(name), `"${name}" twice`);
    numbers.set(name, number);
  });
  return numbers;
}

describe('eachSyscall()', () => {
  it('counts from 0 and goes on at a number', () => {
    const calls: [string, number][] = [];
    eachSyscall('\nread write 7 open\nclose 100 _llseek\n', (name, number) => calls.push([name, number]));
    assert.deepEqual(calls, [
      ['read', 0],
      ['write', 1],
      ['open', 7],
      ['close', 8],
      ['_llseek', 100],
    ]);
  });
});

describe('syscallTable()', () => {
  /** linux/unistd.h of each architecture; 'none' where it has no such call. */
  const samples: Record<string, (number | 'none')[]> = {
    //             x86-64 x86 x32 arm64 arm
    read: [0, 3, 0, 63, 3],
    execve: [59, 11, 520, 221, 11],
    open: [2, 5, 2, 'none', 5],
    openat: [257, 295, 257, 56, 322],
    clone: [56, 120, 56, 220, 120],
    clone3: [435, 435, 435, 435, 435],
    socket: [41, 359, 41, 198, 281],
    socketcall: ['none', 102, 'none', 'none', 'none'],
    newfstatat: [262, 'none', 262, 79, 'none'],
    fstatat64: ['none', 300, 'none', 'none', 327],
    clock_gettime64: ['none', 403, 'none', 'none', 403],
    set_mempolicy_home_node: [450, 450, 450, 450, 450],
    map_shadow_stack: [453, 453, 'none', 453, 453],
    removexattrat: [466, 466, 466, 466, 466],
    file_setattr: [469, 469, 469, 469, 469],
    uretprobe: [335, 'none', 'none', 'none', 'none'],
    set_tls: ['none', 'none', 'none', 'none', 983_045],
  };
  for (const [index, architecture] of (['X86_64', 'X86', 'X32', 'AARCH64', 'ARM'] as const).entries()) {
    it(`knows the numbers of ${architecture}`, () => {
      const numbers = read(syscallTable(`SCMP_ARCH_${architecture}`));
      for (const [name, expected] of Object.entries(samples)) {
        assert.equal(numbers.get(name) ?? 'none', expected[index], name);
      }
    });
  }

  it('rises from name to name', () => {
    for (const architecture of seccompArchitectures) {
      const numbers = [...read(syscallTable(architecture)).values()];
      assert.deepEqual(
        numbers,
        [...new Set(numbers)].toSorted((left, right) => left - right),
        architecture,
      );
    }
  });

  it('knows what socketcall and ipc do', () => {
    const sockets = read(x86SocketCalls);
    assert.deepEqual([sockets.get('socket'), sockets.get('accept'), sockets.get('sendmmsg')], [1, 5, 20]);
    const ipc = read(x86IpcCalls);
    assert.deepEqual([ipc.get('semop'), ipc.get('msgsnd'), ipc.get('shmctl')], [1, 11, 24]);
  });
});
