import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type KernelArgumentOptions, kernelArguments } from '../../../../host/vm/kernel-arguments.ts';

const base: KernelArgumentOptions = {
  architecture: 'x86_64',
  machine: 'q35',
  accelerator: 'tcg',
  logLevel: 'info',
  tscKHz: 2_596_126,
};

describe('kernelArguments()', () => {
  const table: [string, Partial<KernelArgumentOptions>, string][] = [
    ['q35', {}, 'console=ttyS0 panic=-1 reboot=t random.trust_cpu=on rootfstype=ramfs quiet'],
    [
      'debug output',
      { logLevel: 'debug' },
      'console=ttyS0 panic=-1 reboot=t random.trust_cpu=on rootfstype=ramfs loglevel=7',
    ],
    [
      'an emulated microvm',
      { machine: 'microvm' },
      'console=ttyS0 panic=-1 reboot=t random.trust_cpu=on rootfstype=ramfs quiet tsc_early_khz=2596126',
    ],
    [
      'an emulated microvm on a host that does not tell its rate',
      { machine: 'microvm', tscKHz: undefined },
      'console=ttyS0 panic=-1 reboot=t random.trust_cpu=on rootfstype=ramfs quiet',
    ],
    [
      'microvm on KVM',
      { machine: 'microvm', accelerator: 'kvm' },
      'console=ttyS0 panic=-1 reboot=t random.trust_cpu=on rootfstype=ramfs quiet',
    ],
    [
      'arm64',
      { architecture: 'aarch64', machine: 'virt', logLevel: 'warn' },
      'console=ttyAMA0 panic=-1 random.trust_cpu=on rootfstype=ramfs quiet',
    ],
  ];
  for (const [name, changes, expected] of table) {
    it(`fits ${name}`, () => {
      assert.equal(kernelArguments({ ...base, ...changes }).join(' '), expected);
    });
  }
});
