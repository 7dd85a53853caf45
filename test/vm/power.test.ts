/** The ways in which a machine is told to end: at its buttons and by request. One machine each. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RawGuest } from '../support/raw-guest.ts';

const SIGUSR1 = 10;

const launch = {
  process: { command: ['sh', '-c', 'trap "echo stopped; exit 5" TERM USR1; sleep 100000 & wait $!'] },
};

const ways = [
  {
    name: 'the power button powers the machine off',
    press: (guest: RawGuest) => guest.qmp.execute('system_powerdown'),
    reason: 'power-button',
    end: 'guest-shutdown',
  },
  {
    name: 'Ctrl-Alt-Del restarts the machine',
    press: (guest: RawGuest) =>
      guest.qmp.execute('send-key', {
        keys: ['ctrl', 'alt', 'delete'].map((data) => ({ type: 'qcode', data })),
      }),
    reason: 'control-alt-delete',
    end: 'guest-reset',
  },
  {
    name: 'a request powers the machine off',
    press: (guest: RawGuest) => guest.request('shutdown', {}),
    reason: 'shutdown',
    end: 'guest-shutdown',
  },
  {
    name: 'a request restarts the machine',
    press: (guest: RawGuest) => guest.request('shutdown', { how: 'reboot', signal: SIGUSR1 }),
    reason: 'shutdown',
    end: 'guest-reset',
  },
];

for (const { name, press, reason, end } of ways) {
  test(`${name} once the workload has been stopped in order`, async () => {
    await using guest = await RawGuest.boot({ launch });
    await press(guest);
    assert.equal(await guest.end(), end);
    const told = guest.events.filter(({ event }) => event !== 'boot-timeline');
    const [started, ready, stopping, exit, ...more] = told;
    assert.deepEqual([started?.event, ready?.event, more.length], ['started', 'ready', 0]);
    assert.ok(stopping?.event === 'stopping' && exit?.event === 'exit', JSON.stringify(guest.events));
    assert.equal(stopping.reason, reason);
    assert.deepEqual([exit.reason, exit.code, guest.output], ['exited', 5, 'stopped\n']);
    assert.ok(!guest.console.includes('Kernel panic'), guest.console.slice(-4000));
  });
}
