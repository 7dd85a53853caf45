/**
 * Plays QEMU with a guest inside, as a program that takes QEMU's words: it listens on the channel's socket and
 * does what the scenario in the kernel's command line says (fake-vm/scenario.ts). Tests start it through the
 * script that fake-vm/fake-machine.ts writes.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { FakeGuestOs } from './fake-vm/fake-guest-os.ts';
import { readScenario } from './fake-vm/scenario.ts';

const words = process.argv.slice(2);
const socketPath = /(?:^|,)path=([^,]+)/.exec(
  words.find((word) => word.startsWith('socket,id=channel')) ?? '',
)?.[1];
const scenario = readScenario(words[words.indexOf('-append') + 1] ?? '');

/** How often this machine has been booted, this time included. */
function countBoot(path: string): number {
  let boots = 1;
  try {
    boots += Number(readFileSync(path, 'utf8'));
  } catch {
    // The first one.
  }
  writeFileSync(path, String(boots));
  return boots;
}

if (scenario.manner === 'broken' || socketPath === undefined) {
  process.stderr.write('qemu: could not open disk image\n');
  process.exit(1);
}
const boot = countBoot(join(dirname(socketPath), 'fake-boots'));
// oxlint-disable-next-line no-new -- it lives by its socket
new FakeGuestOs(scenario, socketPath, boot, () => process.exit(0));
