/** What xl says of a guest whose kernel panics: nothing that Firstborn lets happen, so here there is no init at all. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { bench, keepLogsOnFailure } from './support/bench.ts';
import { XenGuest } from './support/xen-guest.ts';

const panic = /Kernel panic - not syncing: (VFS|No working init)/;
const consoleDeadlineMs = 10_000;
const pollIntervalMs = 100;

keepLogsOnFailure();
for (const type of ['pv', 'pvh'] as const) {
  test(`a panic of a ${type.toUpperCase()} guest is a crash to xl, and never a reboot`, async () => {
    const { host, directory } = await bench();
    await using guest = await XenGuest.create(host, {
      name: `crash-${type}`,
      type,
      directory,
      memoryMiB: 256,
      atEnd: 'preserve',
    });
    assert.equal(await guest.end(), 3);
    // What serves the console is slower than a kernel that panics.
    const tooLate = AbortSignal.timeout(consoleDeadlineMs);
    while (!panic.test(guest.console)) {
      tooLate.throwIfAborted();
      await delay(pollIntervalMs);
    }
  });
}
