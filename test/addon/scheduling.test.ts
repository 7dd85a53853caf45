import assert from 'node:assert/strict';
import { constants as systemConstants } from 'node:os';
import { describe, it } from 'node:test';
import {
  IOPRIO_CLASS_BE,
  IOPRIO_CLASS_IDLE,
  IOPRIO_CLASS_SHIFT,
  PER_LINUX,
  PER_LINUX32,
  SCHED_BATCH,
  SCHED_FIFO,
  SCHED_FLAG_RESET_ON_FORK,
  SCHED_IDLE,
} from '../../addon/constants.ts';
import { Plan } from '../../addon/plan.ts';
import { runChild, shell } from './support/child.ts';
import { native } from './support/native.ts';

interface Attributes {
  policy: number;
  flags?: number;
  nice?: number;
  priority?: number;
  /** 48 without the utilization clamps, 56 with. */
  sizeBytes?: number;
}

/** struct sched_attr, sched_setattr(2). */
function encode({ policy, flags = 0, nice = 0, priority = 0, sizeBytes = 48 }: Attributes): Buffer {
  const bytes = Buffer.alloc(sizeBytes);
  bytes.writeUInt32LE(sizeBytes, 0);
  bytes.writeUInt32LE(policy, 4);
  bytes.writeBigUInt64LE(BigInt(flags), 8);
  bytes.writeInt32LE(nice, 16);
  bytes.writeUInt32LE(priority, 20);
  return bytes;
}

/** `chrt -p` of a program that such a plan starts, and its nice value. */
async function schedulerAfter(attributes: Attributes): Promise<string> {
  const { output, failure } = await runChild((plan) => {
    plan.setScheduler(encode(attributes));
    shell(plan, 'LC_ALL=C chrt -p $$ | sed "s/.*: //"; cut -d" " -f19 /proc/$$/stat');
  });
  return failure?.code ?? output.trim().replaceAll('\n', ' ');
}

describe('setScheduler()', () => {
  it('sets policy, nice value and priority in both sizes of the attributes', async () => {
    assert.equal(await schedulerAfter({ policy: SCHED_BATCH, nice: 7 }), 'SCHED_BATCH 0 7');
    assert.equal(await schedulerAfter({ policy: SCHED_IDLE, sizeBytes: 56 }), 'SCHED_IDLE 0 0');
  });

  it('sets flags', async () => {
    const flags = SCHED_FLAG_RESET_ON_FORK;
    assert.equal(await schedulerAfter({ policy: SCHED_BATCH, flags }), 'SCHED_BATCH|SCHED_RESET_ON_FORK 0 0');
  });

  it('reports a priority that the policy does not have', async () => {
    const { failure } = await runChild((plan) => plan.setScheduler(encode({ policy: SCHED_FIFO })));
    assert.deepEqual(
      [failure?.syscall, failure?.arguments, failure?.code],
      ['sched_setattr', ['SCHED_FIFO (48 bytes)'], 'EINVAL'],
    );
  });

  it('refuses attributes that tell another size than they have', () => {
    const attributes = encode({ policy: SCHED_BATCH });
    attributes.writeUInt32LE(4096, 0);
    const result = native.runPlan(new Plan().setScheduler(attributes).bytes());
    assert.equal(result.state === 'failed' && result.failure.errno, systemConstants.errno.EINVAL);
  });
});

describe('setIoPriority()', () => {
  it('sets class and level', async () => {
    const { output } = await runChild((plan) => {
      plan.setIoPriority((IOPRIO_CLASS_BE << IOPRIO_CLASS_SHIFT) | 6);
      shell(plan, 'ionice -p $$');
    });
    assert.equal(output, 'best-effort: prio 6\n');
    const idle = await runChild((plan) => {
      plan.setIoPriority(IOPRIO_CLASS_IDLE << IOPRIO_CLASS_SHIFT);
      shell(plan, 'ionice -p $$');
    });
    assert.equal(idle.output, 'idle\n');
  });

  it('reports a class that there is not', async () => {
    const { failure } = await runChild((plan) => plan.setIoPriority(7 << IOPRIO_CLASS_SHIFT));
    assert.deepEqual([failure?.syscall, failure?.code], ['ioprio_set', 'EINVAL']);
  });
});

describe('setCpuAffinity()', () => {
  it('leaves the CPUs of the mask', async () => {
    const { output } = await runChild((plan) => {
      plan.setCpuAffinity(Uint8Array.of(1));
      shell(plan, 'grep Cpus_allowed_list /proc/self/status');
    });
    assert.equal(output, 'Cpus_allowed_list:\t0\n');
  });

  it('takes a mask longer than the kernel needs and reports one without any CPU that is there', async () => {
    const long = new Uint8Array(1024);
    long[0] = 1;
    assert.equal((await runChild((plan) => plan.setCpuAffinity(long))).handshake.state, 'ended');
    long[0] = 0;
    long[1023] = 0x80;
    const { failure } = await runChild((plan) => plan.setCpuAffinity(long));
    assert.deepEqual([failure?.syscall, failure?.code], ['sched_setaffinity', 'EINVAL']);
  });
});

describe('setPersonality()', () => {
  it('is what the program has', async () => {
    for (const [persona, text] of [
      [PER_LINUX, '00000000\n'],
      [PER_LINUX32, '00000008\n'],
    ] as const) {
      const { output } = await runChild((plan) =>
        plan.setPersonality(persona).execute(['/bin/cat'], ['cat', '/proc/self/personality'], []),
      );
      assert.equal(output, text);
    }
  });

  it('refuses the number that only asks', async () => {
    const { failure } = await runChild((plan) => plan.setPersonality(0xffff_ffff));
    assert.deepEqual([failure?.syscall, failure?.code], ['personality', 'EINVAL']);
  });
});
