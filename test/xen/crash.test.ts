/** What xl says of a guest whose kernel panics: nothing that Firstborn lets happen, so here there is no init at all. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bench, keepLogsOnFailure } from './support/bench.ts';
import { XenGuest } from './support/xen-guest.ts';

keepLogsOnFailure();
for (const type of ['pv', 'pvh'] as const) {
  test(`a panic of a ${type.toUpperCase()} guest is a crash to xl, and never a reboot`, async () => {
    const { host, directory } = await bench();
    await using guest = await XenGuest.create(host, {
      name: `crash-${type}`,
      type,
      directory,
      memoryMiB: 256,
    });
    assert.equal(await guest.end(), 3);
    assert.match(guest.console, /Kernel panic - not syncing: (VFS|No working init)/);
  });
}
