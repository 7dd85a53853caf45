import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { probeVhostUser } from '../../../../host/vm/vhost-user-probe.ts';
import { scratchDirectory } from '../../../support/scratch-directory.ts';

/** A daemon that does `onData` with what it is asked. */
const daemon = (socketPath: string, onData: string): { program: string; args: string[] } => ({
  program: process.execPath,
  args: [
    '-e',
    `require('node:net').createServer((peer) => peer.on('data', (data) => { ${onData} })).listen(${JSON.stringify(socketPath)})`,
  ],
});

test('probeVhostUser() is content with a daemon that answers', async (context) => {
  const socketPath = join(scratchDirectory(context), 's');
  const answer = `if (data.readUInt32LE(0) === 1) peer.write(Buffer.alloc(20))`;
  assert.deepEqual(await probeVhostUser(daemon(socketPath, answer), socketPath), { works: true });
});

test('probeVhostUser() waits for a daemon whose socket is there before it listens', async (context) => {
  const socketPath = join(scratchDirectory(context), 's');
  // bind(2) makes the file, and only listen(2), which comes later, lets anyone connect.
  const listenLate = `use Socket; socket(my $s, AF_UNIX, SOCK_STREAM, 0); bind($s, sockaddr_un($ARGV[0])) or die;
    select(undef, undef, undef, 0.3); listen($s, 1) or die; accept(my $peer, $s) or die;
    sysread($peer, my $asked, 12); syswrite($peer, "features"); sleep 60`;
  const command = { program: 'perl', args: ['-e', listenLate, socketPath] };
  assert.deepEqual(await probeVhostUser(command, socketPath), { works: true });
});

test('probeVhostUser() gives the last words of a daemon that ends when it is asked', async (context) => {
  const socketPath = join(scratchDirectory(context), 's');
  const answer = `console.error('setting up'); console.error('unshare: EPERM'); process.exit(1)`;
  assert.deepEqual(await probeVhostUser(daemon(socketPath, answer), socketPath), {
    works: false,
    reason: 'unshare: EPERM',
  });
});

test('probeVhostUser() tells of one that ends at once and of one that is not there', async (context) => {
  const socketPath = join(scratchDirectory(context), 's');
  const silent = { program: process.execPath, args: ['-e', 'process.exit(3)'] };
  assert.deepEqual(await probeVhostUser(silent, socketPath), {
    works: false,
    reason: 'it ended without a word',
  });
  const missing = await probeVhostUser({ program: '/nosuch', args: [] }, socketPath);
  assert.match('reason' in missing ? missing.reason : '', /ENOENT/);
});
