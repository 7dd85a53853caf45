/** What Debian's kernel lacks, 9p, and the ways in which a machine with the microVM kernel is told to end. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { MachineType } from '../../host/vm/machine-description.ts';
import { tscKHzFromCpuInfo } from '../../host/vm/tsc-rate.ts';
import { scratchDirectory } from '../support/disks.ts';
import { RawGuest } from '../support/raw-guest.ts';

const scratch = scratchDirectory();
after(() => scratch[Symbol.dispose]());

const tscKHz = tscKHzFromCpuInfo(readFileSync('/proc/cpuinfo', 'utf8'));

const obedient = ['sh', '-c', 'trap "echo stopped; exit 5" TERM; sleep 100000 & wait $!'];

const ways: {
  machine: MachineType;
  name: string;
  end: string;
  press: (guest: RawGuest) => Promise<unknown>;
}[] = [
  {
    machine: 'microvm',
    name: 'the power button',
    end: 'guest-shutdown',
    press: (guest) => guest.qmp.execute('system_powerdown'),
  },
  {
    machine: 'microvm',
    name: 'a request to restart',
    end: 'guest-reset',
    press: (guest) => guest.request('shutdown', { how: 'reboot' }),
  },
  {
    machine: 'q35',
    name: 'Ctrl-Alt-Del',
    end: 'guest-reset',
    press: (guest) =>
      guest.qmp.execute('send-key', {
        keys: ['ctrl', 'alt', 'delete'].map((data) => ({ type: 'qcode', data })),
      }),
  },
];

for (const [index, { machine, name, end, press }] of ways.entries()) {
  test(`a directory comes by 9p, and ${name} ends a machine on the ${machine} board in order`, async () => {
    const directory = join(scratch.path, String(index));
    mkdirSync(directory);
    writeFileSync(join(directory, 'from-host'), 'from the host\n');
    await using guest = await RawGuest.boot({
      kernelPath: 'microvm',
      machine,
      ...(tscKHz === undefined ? {} : { tscKHz }),
      launch: {
        process: { command: obedient },
        mounts: [{ type: 'share', driver: '9p', tag: 'directory', destination: '/shared' }],
      },
      describe: (description) => ({
        ...description,
        shares: [{ driver: '9p', tag: 'directory', path: directory, readonly: false }],
      }),
    });
    assert.equal(
      await guest.shell('grep -c " /shared 9p " /proc/mounts; cat /shared/from-host'),
      '1\nfrom the host',
    );
    await guest.shell('echo from the guest >/shared/from-guest');
    assert.equal(readFileSync(join(directory, 'from-guest'), 'utf8'), 'from the guest\n');
    await press(guest);
    assert.equal(await guest.end(), end);
    assert.equal(guest.output, 'stopped\n');
    assert.ok(!guest.console.includes('Kernel panic'), guest.console.slice(-4000));
  });
}
