import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readCommandWords } from '../../../../host/cli/option-parser.ts';
import { buildSpecs, runSpecs } from '../../../../host/cli/option-specs.ts';
import { readRunOptions, type RunOptions } from '../../../../host/cli/run-options.ts';
import { readMachineSettings } from '../../../../host/cli/workload-settings.ts';
import type { MachineSettings } from '../../../../host/launch/machine-settings.ts';

function settings(...words: string[]): MachineSettings {
  const { options } = readCommandWords([...words, 'image'], buildSpecs, { stopAtOperand: false });
  return readMachineSettings(options, 'x86_64');
}

async function run(...words: string[]): Promise<RunOptions> {
  const given = readCommandWords(['--vmm', 'xen', ...words, 'image'], runSpecs, { stopAtOperand: true });
  return await readRunOptions(given, { architecture: 'x86_64', environment: {} });
}

describe('--vmm xen', () => {
  it('makes a PVH guest without a network', () => {
    const { xen, network } = settings('--vmm', 'xen');
    assert.deepEqual(xen, { type: 'pvh', maxCpus: undefined, maxMemoryMiB: undefined });
    assert.deepEqual(network, { mode: 'none', addresses: [], dns: [] });
  });

  it('reads what is Xen alone', () => {
    const size = ['--max-cpus', '4', '--max-memory', '1g'];
    const { xen } = settings('--vmm', 'xen', '--xen-type', 'pv', ...size);
    assert.deepEqual(xen, { type: 'pv', maxCpus: 4, maxMemoryMiB: 1024 });
  });

  it('puts the guest on a bridge', () => {
    const addresses = ['--ip', '10.9.0.2/24', '--ip', 'fd09::2/64'];
    const others = ['--gateway', '10.9.0.1', '--dns', '1.1.1.1'];
    assert.deepEqual(
      settings('--vmm', 'xen', '--network', 'bridge=xenbr0', ...addresses, ...others).network,
      {
        mode: 'bridge',
        bridge: 'xenbr0',
        addresses: ['10.9.0.2/24', 'fd09::2/64'],
        gateways: ['10.9.0.1'],
        dns: ['1.1.1.1'],
      },
    );
  });

  const bad: [string[], RegExp][] = [
    [['--vmm', 'kvm'], /expected qemu, xen$/],
    [['--xen-type', 'pv'], /^Cannot use --xen-type with --vmm qemu: it is an option of Xen$/],
    [['--gateway', '10.0.2.2'], /^Cannot use --gateway with --vmm qemu/],
    [['--vmm', 'xen', '--machine', 'q35'], /^Cannot use --machine with --vmm xen: it is an option of QEMU$/],
    [['--vmm', 'xen', '--xen-type', 'hvm'], /expected pvh, pv$/],
    [['--vmm', 'xen', '--network', 'user'], /it is a part of QEMU; use bridge=NAME with --ip, or none$/],
    [['--vmm', 'xen', '--network', 'xenbr0'], /expected bridge=NAME or none$/],
    [['--vmm', 'xen', '--network', 'bridge='], /expected bridge=NAME/],
    [['--vmm', 'xen', '--network', 'bridge=a,script=x', '--ip', '10.9.0.2/24'], /expected bridge=NAME/],
    [['--vmm', 'xen', '--network', 'bridge=b'], /without an address$/],
    [['--vmm', 'xen', '--network', 'bridge=b', '--ip', '10.9.0.2'], /expected ADDR\/PREFIX/],
    [['--vmm', 'xen', '--ip', '10.9.0.2/24'], /^Cannot use --ip, --gateway or --dns with --network none$/],
    [['--network', 'bridge=b'], /expected none, user$/],
  ];
  for (const [words, message] of bad) {
    it(`refuses ${words.join(' ')}`, () => {
      assert.throws(() => settings(...words), { code: 'usage', message });
    });
  }

  it('refuses ports and an accelerator', async () => {
    await assert.rejects(run('-p', '80:80'), {
      code: 'usage',
      message: /^Cannot use --publish with --vmm xen/,
    });
    await assert.rejects(run('--accel', 'tcg'), {
      code: 'usage',
      message: /^Cannot use --accel with --vmm xen/,
    });
  });
});
