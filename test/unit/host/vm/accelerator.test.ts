import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, mock } from 'node:test';
import { chooseAccelerator, type JudgeOptions, judgeKvm } from '../../../../host/vm/accelerator.ts';
import type { KvmVerdict } from '../../../../host/vm/kvm-probe.ts';
import { kvmProbeArguments } from '../../../../host/vm/kvm-probe.ts';

const works: KvmVerdict = { works: true };
const fails: KvmVerdict = { works: false, reason: 'a guest did not boot within 8 s' };

describe('chooseAccelerator()', () => {
  it('does not ask about KVM when emulation is asked for', async () => {
    const judge = mock.fn(() => Promise.resolve(works));
    assert.deepEqual(await chooseAccelerator('tcg', judge), { accelerator: 'tcg', reason: 'asked for' });
    assert.equal(judge.mock.callCount(), 0);
  });

  it('takes KVM where a guest boots on it', async () => {
    for (const wish of ['auto', 'kvm'] as const) {
      const choice = await chooseAccelerator(wish, () => Promise.resolve(works));
      assert.deepEqual(choice, { accelerator: 'kvm', reason: 'a guest boots on KVM' });
    }
  });

  it('falls back to emulation and says why', async () => {
    assert.deepEqual(await chooseAccelerator('auto', () => Promise.resolve(fails)), {
      accelerator: 'tcg',
      reason: 'KVM is not usable: a guest did not boot within 8 s',
    });
  });

  it('refuses KVM that was asked for and does not work', async () => {
    await assert.rejects(
      chooseAccelerator('kvm', () => Promise.resolve(fails)),
      { code: 'host', message: 'Cannot use KVM: a guest did not boot within 8 s' },
    );
  });
});

describe('judgeKvm()', () => {
  let directory = '';
  let options: JudgeOptions;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'firstborn-'));
    const kernelPath = join(directory, 'vmlinuz');
    const qemuPath = join(directory, 'qemu');
    await writeFile(kernelPath, 'kernel');
    await writeFile(qemuPath, 'qemu');
    options = {
      qemu: { path: qemuPath, version: '7.2.0' },
      architecture: 'x86_64',
      kernelPath,
      memoryPath: join(directory, 'cache/accelerator.json'),
      hostBootId: 'boot-1',
    };
  });
  after(() => rm(directory, { recursive: true }));

  it('probes once and remembers the verdict', async () => {
    const probe = mock.fn(() => Promise.resolve(fails));
    assert.deepEqual(await judgeKvm({ ...options, probe }), fails);
    assert.deepEqual(await judgeKvm({ ...options, probe }), fails);
    assert.equal(probe.mock.callCount(), 1);
  });

  it('probes again after a reboot, with another QEMU and with another kernel', async () => {
    const probe = mock.fn(() => Promise.resolve(works));
    const otherKernel = join(directory, 'other');
    await writeFile(otherKernel, 'another kernel');
    await judgeKvm({ ...options, probe, qemu: { ...options.qemu, version: '9.0.0' } });
    await judgeKvm({ ...options, probe, kernelPath: otherKernel });
    await judgeKvm({ ...options, probe, hostBootId: 'boot-2' });
    assert.equal(probe.mock.callCount(), 3);
  });

  it('probes again when the memory is damaged, and repairs it', async () => {
    const probe = mock.fn(() => Promise.resolve(works));
    await writeFile(options.memoryPath, '{"version":1,"entries":[{');
    assert.deepEqual(await judgeKvm({ ...options, probe }), works);
    assert.deepEqual(await judgeKvm({ ...options, probe }), works);
    assert.equal(probe.mock.callCount(), 1);
  });

  it('answers although the memory can not be written', async () => {
    const probe = mock.fn(() => Promise.resolve(works));
    const memoryPath = join(options.kernelPath, 'no-directory/accelerator.json');
    assert.deepEqual(await judgeKvm({ ...options, probe, memoryPath }), works);
  });

  it('does not remember the verdict of an interrupted probe', async () => {
    const abort = new AbortController();
    const interrupted = { ...options, hostBootId: 'boot-3', signal: abort.signal };
    const probe = (): Promise<KvmVerdict> => {
      abort.abort();
      return Promise.resolve({ works: false, reason: 'the probe was interrupted' });
    };
    await assert.rejects(judgeKvm({ ...interrupted, probe }), { name: 'AbortError' });
    const again = mock.fn(() => Promise.resolve(works));
    await judgeKvm({ ...options, hostBootId: 'boot-3', probe: again });
    assert.equal(again.mock.callCount(), 1);
  });
});

it('kvmProbeArguments() asks for the smallest machine that panics on its serial port', () => {
  assert.deepEqual(kvmProbeArguments('x86_64', '/k').slice(-10), [
    '-cpu',
    'host',
    '-m',
    '256M',
    '-serial',
    'stdio',
    '-kernel',
    '/k',
    '-append',
    'console=ttyS0 panic=-1 reboot=t',
  ]);
  assert.equal(kvmProbeArguments('aarch64', '/k').at(-1), 'console=ttyAMA0 panic=-1');
});
