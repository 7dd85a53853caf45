import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MS_NODEV, MS_NOSUID, RLIM_INFINITY } from '../../../addon/constants.ts';
import { maxAcceptedErrnos, maxListEntries, maxOperations } from '../../../addon/plan/limits.ts';
import { Plan } from '../../../addon/plan.ts';
import { annotatedHex } from './annotated-hex.ts';

describe('Plan.bytes()', () => {
  it('encodes an empty plan as a header', () => {
    const expected = annotatedHex(`
      46 42 50 4c  magic "FBPL"
      01 00        version 1
      00 00        zero
      00 00 00 00  0 operations
      10 00 00 00  16 bytes in all`);
    assert.deepEqual(Buffer.from(new Plan().bytes()), expected);
  });

  it('encodes numbers, strings and tolerances', () => {
    const plan = new Plan()
      .makeDirectory('/proc', 0o555, { accept: ['EEXIST', 'EROFS'], orWarn: true })
      .mount({ source: 'proc', target: '/proc', type: 'proc', flags: MS_NOSUID | MS_NODEV });
    const expected = annotatedHex(`
      46 42 50 4c 01 00 00 00  magic, version, zero
      02 00 00 00  2 operations
      90 00 00 00  144 bytes in all
      01 00        opcode 1, makeDirectory
      01 00        flags: warn and go on
      28 00 00 00  40 bytes of record
      11 00 1e 00  accepts EEXIST 17, EROFS 30
      00 00 00 00  no others
      05 00 00 00 00 00 00 00  string of 5 bytes
      2f 70 72 6f 63 00 00 00  "/proc", NULs to the boundary
      6d 01 00 00 00 00 00 00  mode 0555
      0b 00        opcode 11, mount
      00 00        flags: stop at a failure
      58 00 00 00  88 bytes of record
      00 00 00 00 00 00 00 00  accepts nothing
      04 00 00 00 00 00 00 00 70 72 6f 63 00 00 00 00  source "proc"
      05 00 00 00 00 00 00 00 2f 70 72 6f 63 00 00 00  target "/proc"
      04 00 00 00 00 00 00 00 70 72 6f 63 00 00 00 00  type "proc"
      06 00 00 00 00 00 00 00  MS_NOSUID 2 | MS_NODEV 4
      00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00  data "", a whole block of NULs`);
    assert.deepEqual(Buffer.from(plan.bytes()), expected);
  });

  it('gives a string of eight bytes a NUL of its own', () => {
    const expected = annotatedHex(`
      04 00 00 00 28 00 00 00  opcode 4, remove; no flags; 40 bytes
      00 00 00 00 00 00 00 00  accepts nothing
      08 00 00 00 00 00 00 00  8 bytes
      2f 61 2f 62 2f 63 2f 64  "/a/b/c/d"
      00 00 00 00 00 00 00 00  NULs`);
    assert.deepEqual(Buffer.from(new Plan().remove('/a/b/c/d').bytes().subarray(16)), expected);
  });

  it('encodes lists, negative and 64-bit numbers', () => {
    const plan = new Plan()
      .setGroups([1, 65534, 7])
      .signalProcess(-1, 15)
      .setResourceLimit(7, 1024, RLIM_INFINITY)
      .execute(['/bin/a'], ['a', 'é'], []);
    const expected = annotatedHex(`
      1f 00 00 00 28 00 00 00 00 00 00 00 00 00 00 00  opcode 31, setGroups; 40 bytes
      03 00 00 00 00 00 00 00  3 numbers
      01 00 00 00 fe ff 00 00  1, 65534
      07 00 00 00 00 00 00 00  7, padding
      2f 00 00 00 20 00 00 00 00 00 00 00 00 00 00 00  opcode 47, signalProcess; 32 bytes
      ff ff ff ff ff ff ff ff  pid -1
      0f 00 00 00 00 00 00 00  SIGTERM
      1e 00 00 00 28 00 00 00 00 00 00 00 00 00 00 00  opcode 30, setResourceLimit; 40 bytes
      07 00 00 00 00 00 00 00  RLIMIT_NOFILE
      00 04 00 00 00 00 00 00  soft 1024
      ff ff ff ff ff ff ff ff  hard RLIM_INFINITY
      2e 00 00 00 58 00 00 00 00 00 00 00 00 00 00 00  opcode 46, execute; 88 bytes
      01 00 00 00 00 00 00 00  1 candidate
      06 00 00 00 00 00 00 00 2f 62 69 6e 2f 61 00 00  "/bin/a"
      02 00 00 00 00 00 00 00  2 words
      01 00 00 00 00 00 00 00 61 00 00 00 00 00 00 00  "a"
      02 00 00 00 00 00 00 00 c3 a9 00 00 00 00 00 00  "é" in UTF-8
      00 00 00 00 00 00 00 00  no variables`);
    assert.deepEqual(Buffer.from(plan.bytes().subarray(16)), expected);
  });

  it('encodes programs as bytes and leaves out nothing of 64 bits', () => {
    const allow = annotatedHex('06 00 00 00 00 00 ff 7f  return SECCOMP_RET_ALLOW');
    const plan = new Plan().setSeccompFilter(allow, 2).setMountAttributes('/a', 0x8000, 1, 0x70, 0x4_0000);
    const expected = annotatedHex(`
      34 00 00 00 30 00 00 00 00 00 00 00 00 00 00 00  opcode 52, setSeccompFilter; 48 bytes
      08 00 00 00 00 00 00 00  8 bytes
      06 00 00 00 00 00 ff 7f  one instruction
      00 00 00 00 00 00 00 00  NULs
      02 00 00 00 00 00 00 00  SECCOMP_FILTER_FLAG_LOG
      39 00 00 00 40 00 00 00 00 00 00 00 00 00 00 00  opcode 57, setMountAttributes; 64 bytes
      02 00 00 00 00 00 00 00 2f 61 00 00 00 00 00 00  "/a"
      00 80 00 00 00 00 00 00  AT_RECURSIVE
      01 00 00 00 00 00 00 00  set MOUNT_ATTR_RDONLY
      70 00 00 00 00 00 00 00  clear MOUNT_ATTR__ATIME
      00 00 04 00 00 00 00 00  MS_PRIVATE`);
    assert.deepEqual(Buffer.from(plan.bytes().subarray(16)), expected);
  });

  it('is a snapshot that later operations do not change', () => {
    const plan = new Plan().sync();
    const before = plan.bytes();
    const copy = Uint8Array.from(before);
    plan.sync().remove('/x');
    assert.deepEqual(before, copy);
    assert.equal(plan.length, 3);
  });

  it('grows far beyond its first buffer', () => {
    const content = new Uint8Array(100_000).fill(7);
    const bytes = new Plan().writeFile('/a', content).writeFile('/b', content).bytes();
    assert.equal(Buffer.from(bytes).readUInt32LE(12), bytes.length);
    assert.deepEqual(bytes.subarray(-100_008, -8), content);
  });
});

describe('Plan', () => {
  const refusals: [string, (plan: Plan) => void, typeof RangeError | typeof TypeError][] = [
    ['a NUL in a path', (plan) => plan.remove('/a\0b'), RangeError],
    ['a NUL in argv', (plan) => plan.execute(['/a'], ['\0'], []), RangeError],
    ['a fraction', (plan) => plan.changeMode('/a', 1.5), RangeError],
    ['a negative mode', (plan) => plan.changeMode('/a', -1), RangeError],
    ['a number above 32 bits', (plan) => plan.setUserId(2 ** 32), RangeError],
    ['a descriptor below zero', (plan) => plan.duplicateFd(-1, 0), RangeError],
    ['a slot too many', (plan) => plan.changeDirectoryToSlot(128), RangeError],
    ['a limit above 64 bits', (plan) => plan.setResourceLimit(7, 2n ** 64n, 0), RangeError],
    ['an empty argv', (plan) => plan.execute(['/a'], [], []), RangeError],
    ['no candidate', (plan) => plan.execute([], ['a'], []), RangeError],
    ['a list too long', (plan) => plan.execute(['/a'], Array(maxListEntries + 1).fill(''), []), RangeError],
    ['an empty filter', (plan) => plan.setSeccompFilter(new Uint8Array(0)), RangeError],
    ['half an instruction', (plan) => plan.setSeccompFilter(new Uint8Array(12)), RangeError],
    ['a filter too long', (plan) => plan.setSeccompFilter(new Uint8Array(8 * 4097)), RangeError],
    ['a filter that is no bytes', (plan) => plan.setSeccompFilter([1] as unknown as Uint8Array), TypeError],
    ['scheduler attributes cut short', (plan) => plan.setScheduler(new Uint8Array(47)), RangeError],
    ['scheduler attributes of half a field', (plan) => plan.setScheduler(new Uint8Array(52)), RangeError],
    ['an empty CPU mask', (plan) => plan.setCpuAffinity(new Uint8Array(0)), RangeError],
    ['a CPU mask too long', (plan) => plan.setCpuAffinity(new Uint8Array(1025)), RangeError],
    ['an empty device program', (plan) => plan.attachDeviceProgram('/', new Uint8Array(0)), RangeError],
    [
      'a device program too long',
      (plan) => plan.attachDeviceProgram('/', new Uint8Array(8 * 65_537)),
      RangeError,
    ],
    ['a negative stage', (plan) => plan.awaitParent(-1), RangeError],
    ['a path that is no string', (plan) => plan.remove(7 as unknown as string), TypeError],
    ['a missing number', (plan) => plan.changeMode('/a', undefined as unknown as number), TypeError],
    [
      'five accepted errnos',
      (plan) => plan.sync({ accept: Array(maxAcceptedErrnos + 1).fill('EIO') }),
      RangeError,
    ],
  ];
  for (const [what, misuse, type] of refusals) {
    it(`refuses ${what} and stays as it was`, () => {
      const plan = new Plan().sync();
      const before = plan.bytes();
      assert.throws(() => misuse(plan), type);
      assert.deepEqual(plan.bytes(), before);
      assert.equal(plan.length, 1);
    });
  }

  it('refuses more operations than the interpreter takes', () => {
    const plan = new Plan();
    for (let count = 0; count < maxOperations; count++) plan.sync();
    assert.throws(() => plan.sync(), RangeError);
  });

  it('refuses more bytes than the interpreter takes', () => {
    assert.throws(() => new Plan().writeFile('/a', new Uint8Array(16 * 1024 * 1024)), RangeError);
  });
});

describe('Plan.describeFailure()', () => {
  it('names call, arguments, errno and call site', () => {
    const plan = new Plan();
    function mountProc(): void {
      plan.mount({ source: 'proc', target: '/proc', type: 'proc', flags: MS_NOSUID });
    }
    mountProc();
    const { site, ...failure } = plan.describeFailure({ operation: 0, errno: 1 });
    assert.deepEqual(failure, {
      syscall: 'mount',
      arguments: ['proc', '/proc', 'proc', 'MS_NOSUID', ''],
      errno: 1,
      code: 'EPERM',
    });
    assert.match(site ?? '', /mountProc \(.*plan\.test\.ts:\d+:\d+\)$/);
  });

  it('refuses an operation that the plan does not have', () => {
    assert.throws(() => new Plan().sync().describeFailure({ operation: 1, errno: 1 }), RangeError);
  });

  it('leaves the stack limit of the process alone', () => {
    const before = Error.stackTraceLimit;
    new Plan().sync();
    assert.equal(Error.stackTraceLimit, before);
  });
});

describe('a plan without traces', () => {
  const traced = new Plan().changeDirectory('/nowhere');
  const untraced = new Plan({ traced: false }).changeDirectory('/nowhere');

  it('has the bytes of one with traces', () => {
    assert.deepEqual(untraced.bytes(), traced.bytes());
  });

  it('explains a failure by call and arguments alone', () => {
    assert.deepEqual(untraced.describeFailure({ operation: 0, errno: 2 }), {
      syscall: 'chdir',
      arguments: ['/nowhere'],
      errno: 2,
      code: 'ENOENT',
    });
  });
});
