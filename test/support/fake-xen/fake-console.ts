/**
 * Plays the console backend: `fake-console.ts DIRECTORY DOMAIN INDEX`. The console is the socket of the guest that
 * fake-xl.ts runs. A file `deny` in the directory holds the status with which it ends at once.
 */
import { existsSync, readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const [directory = '', domain, index] = process.argv.slice(2);
const guestGone = 0;
const hostGone = 3;
const retryIntervalMs = 10;

/** The guest's end appears when the domain is unpaused. */
async function whenThere(path: string): Promise<Socket> {
  for (;;) {
    const socket = connect(path);
    const isThere = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    if (isThere) return socket;
    await delay(retryIntervalMs);
  }
}

const denial = join(directory, 'deny');
if (existsSync(denial)) {
  process.stderr.write('firstborn-xen-console: cannot open "/dev/xen/gntdev": ENOENT\n');
  process.exit(Number(readFileSync(denial, 'utf8')));
}
process.stderr.write(`firstborn-xen-console: console ${index} of domain ${domain} is there\n`);
process.stdin.once('end', () => process.exit(hostGone));
const guest = await whenThere(join(directory, 'guest.sock'));
guest.on('error', () => {});
guest.once('close', () => process.exit(guestGone));
process.stdin.pipe(guest);
guest.pipe(process.stdout);
