import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type KernelArgumentOptions, kernelArguments } from '../../../../host/vm/kernel-arguments.ts';

const base: KernelArgumentOptions = {
  architecture: 'x86_64',
  machine: 'q35',
  accelerator: 'tcg',
  cpus: 1,
  logLevel: 'info',
  tscKHz: 2_596_126,
};

describe('kernelArguments()', () => {
  const common = 'console=ttyS0 panic=-1 reboot=t random.trust_cpu=on rootfstype=ramfs';
  const table: [string, Partial<KernelArgumentOptions>, string][] = [
    ['q35', {}, `${common} quiet cryptomgr.notests percpu_alloc=page nolapic_timer no_timer_check`],
    [
      'debug output',
      { logLevel: 'debug' },
      `${common} loglevel=7 cryptomgr.notests percpu_alloc=page nolapic_timer no_timer_check`,
    ],
    ['several CPUs', { cpus: 2 }, `${common} quiet cryptomgr.notests percpu_alloc=page`],
    ['KVM', { accelerator: 'kvm' }, `${common} quiet cryptomgr.notests percpu_alloc=page`],
    [
      'an emulated microvm',
      { machine: 'microvm' },
      `${common} quiet cryptomgr.notests percpu_alloc=page tsc_early_khz=2596126`,
    ],
    [
      'an emulated microvm on a host that does not tell its rate',
      { machine: 'microvm', tscKHz: undefined },
      `${common} quiet cryptomgr.notests percpu_alloc=page`,
    ],
    [
      'microvm on KVM',
      { machine: 'microvm', accelerator: 'kvm' },
      `${common} quiet cryptomgr.notests percpu_alloc=page`,
    ],
    [
      'arm64',
      { architecture: 'aarch64', machine: 'virt', logLevel: 'warn' },
      'console=ttyAMA0 panic=-1 random.trust_cpu=on rootfstype=ramfs quiet cryptomgr.notests percpu_alloc=page',
    ],
  ];
  for (const [name, changes, expected] of table) {
    it(`fits ${name}`, () => {
      assert.equal(kernelArguments({ ...base, ...changes }).join(' '), expected);
    });
  }
});
