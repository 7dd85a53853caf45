/** Files that go into a running container and come out of it. All in one machine. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, chownSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { GuestRefusal } from '../../host/channel/guest-refusal.ts';
import { packLocal } from '../../host/files/pack-local.ts';
import type { ErrorReplyCode } from '../../protocol/messages.ts';
import { scratchDirectory } from '../support/disks.ts';
import { makeTree, readTree, type TreeSpec } from '../support/file-trees.ts';
import { copyIn, copyOut } from '../support/guest-copies.ts';
import { RawGuest } from '../support/raw-guest.ts';
import { type ArchiveEntry, tarArchive } from '../support/tar-archive.ts';

const largeFileBytes = 64 * 1024 * 1024;

const scratch = scratchDirectory();
let guest: RawGuest;
before(async () => {
  guest = await RawGuest.boot({
    launch: {
      process: { command: ['sleep', '100000'] },
      mounts: [{ type: 'tmpfs', destination: '/scratch' }],
    },
  });
});
after(async () => {
  await guest?.[Symbol.asyncDispose]();
  scratch[Symbol.dispose]();
});

const isRefusal = (code: ErrorReplyCode) => (error: unknown) =>
  error instanceof GuestRefusal && error.reply.code === code;

const file = (content: string, mode = 0o644): TreeSpec => ({
  type: 'file',
  content: Buffer.from(content),
  mode,
  modifiedSeconds: 1_234_567_890.25,
});
const directory = (entries: Record<string, TreeSpec>, mode = 0o755): TreeSpec => ({
  type: 'directory',
  entries: new Map(Object.entries(entries)),
  mode,
  modifiedSeconds: 1_000_000_000.5,
});
const link = (target: string): TreeSpec => ({ type: 'symlink', target, modifiedSeconds: 1_100_000_000 });

/** Everything that a copy is to keep. */
function makeSource(): string {
  const path = join(scratch.path, 'tree');
  makeTree(
    path,
    directory({
      plain: file('plain\n'),
      another: { type: 'hardlink' },
      'set-id': file('#!/bin/sh\n', 0o755),
      secret: file('', 0o000),
      'name with blanks and ü': file('x'.repeat(70_000)),
      'no UTF-8 \udce9': file('bytes'),
      [`long ${'n'.repeat(200)}`]: file('long'),
      relative: link('sub/inner'),
      dangling: link('/no/such/place'),
      sub: directory({ inner: file('inner'), deep: directory({ empty: directory({}, 0o1777) }) }, 0o2750),
    }),
  );
  for (const [name, uid, gid, mode] of [
    ['set-id', 1000, 1001, 0o6755],
    ['sub', 3_000_000, 2000, 0o2750],
    ['sub/inner', 1000, 2000, 0o640],
  ] as const) {
    chownSync(join(path, name), uid, gid);
    chmodSync(join(path, name), mode);
    utimesSync(join(path, name), 1_300_000_000.125, 1_300_000_000.125);
  }
  return path;
}

/** Prints what a tree is like, with the same program here and there. */
const show = (path: string): string =>
  `cd ${path} && {
    busybox find . ! -type d -exec busybox stat -c '%n %F %a %u %g %Y %h %s' {} +
    busybox find . -type d -exec busybox stat -c '%n %F %a %u %g %Y' {} +
    busybox find . -type f -exec busybox md5sum {} +
    busybox find . -type l -exec busybox readlink {} ';'
  } | busybox sort`;

test('a tree goes in and comes out with owners, modes, links and times', async () => {
  const source = makeSource();
  const summary = await copyIn(guest, '/srv', packLocal(source, { name: 'copy', keepOwnership: true }));
  assert.equal(summary.entries, readTree(source).length);
  const shown = execFileSync('busybox', ['sh', '-c', show(source)], { encoding: 'latin1' });
  const { stdout, exit } = await guest.exec(['busybox', 'sh', '-c', show('/srv/copy')]);
  assert.equal(exit.code, 0);
  assert.deepEqual(stdout.toString('latin1').split('\n'), shown.split('\n'));
  const { unpacked } = await copyOut(guest, '/srv/copy', scratch.path, 'back');
  assert.equal(unpacked.entries, summary.entries);
  assert.deepEqual(readTree(join(scratch.path, 'back')), readTree(source));
});

test('a large file keeps every byte', async () => {
  const path = join(scratch.path, 'large');
  const content = randomBytes(largeFileBytes);
  writeFileSync(path, content);
  const digest = createHash('sha256').update(content).digest('hex');
  const summary = await copyIn(guest, '/srv', packLocal(path));
  assert.deepEqual([summary.entries, summary.contentBytes], [1, largeFileBytes]);
  rmSync(path);
  assert.match(await guest.shell('sha256sum /srv/large'), new RegExp(`^${digest} `));
  const { summary: outgoing } = await copyOut(guest, '/srv/large', scratch.path, 'large');
  assert.equal(outgoing.contentBytes, largeFileBytes);
  assert.equal(createHash('sha256').update(readFileSync(path)).digest('hex'), digest);
  rmSync(path);
  await guest.shell('rm /srv/large');
});

test('what is mounted in the container can be reached', async () => {
  for (const place of ['/scratch', '/dev/shm', '/tmp']) {
    await guest.shell(`mkdir -p ${place}`);
    await copyIn(guest, place, [tarArchive([{ path: 'note', content: place }])]);
    assert.equal(await guest.shell(`cat ${place}/note`), place);
    await copyOut(guest, `${place}/note`, scratch.path, 'note');
    assert.equal(readFileSync(join(scratch.path, 'note'), 'latin1'), place);
  }
});

test('what is not there is not found, and a file is no place to copy into', async () => {
  for (const path of ['/no/such/path', '/etc/passwd/below']) {
    await assert.rejects(guest.request('stat', { path }), isRefusal('not-found'));
    await assert.rejects(guest.request('copy-out', { path }), isRefusal('not-found'));
  }
  await assert.rejects(guest.request('copy-in', { path: '/no/such/path' }), isRefusal('not-found'));
  await assert.rejects(guest.request('copy-in', { path: '/etc/passwd' }), isRefusal('failed'));
});

test('links lead to where they lead for the container, never out of it', async () => {
  await guest.shell(
    'ln -s /../../proc/1/root /escape; ln -s /etc/passwd /absolute; ln -s ../../../.. /climbing',
  );
  const passwd = await guest.shell('cat /etc/passwd');
  for (const path of ['/absolute', '/climbing/etc/passwd', '/climbing/../../etc/passwd']) {
    const { type, sizeBytes } = await guest.request('stat', { path, follow: true });
    assert.deepEqual([type, sizeBytes], ['file', passwd.length + 1], path);
  }
  await copyOut(guest, '/climbing/etc/passwd', scratch.path, 'passwd');
  assert.equal(readFileSync(join(scratch.path, 'passwd'), 'latin1'), `${passwd}\n`);
  await copyIn(guest, '/climbing/srv', [tarArchive([{ path: 'landed' }])]);
  assert.equal(await guest.shell('ls /srv/landed'), '/srv/landed');

  // The links of /proc are no paths: whose root they mean is nobody's business here.
  const { type, target } = await guest.request('stat', { path: '/escape' });
  assert.deepEqual([type, target], ['symlink', '/../../proc/1/root']);
  const root = '/proc/1/root';
  for (const path of [
    '/escape/etc/passwd',
    '/escape/init',
    `${root}/init`,
    `${root}/etc`,
    '/proc/self/root/etc',
  ]) {
    await assert.rejects(guest.request('stat', { path, follow: true }), isRefusal('not-found'), path);
    await assert.rejects(guest.request('copy-out', { path }), isRefusal('not-found'), path);
  }
  await assert.rejects(guest.request('copy-in', { path: '/escape/tmp' }), isRefusal('not-found'));
  for (const path of ['/init', '/climbing/init', '/config/launch.json', '/../bin/node']) {
    await assert.rejects(guest.request('stat', { path }), isRefusal('not-found'), `init's own ${path}`);
  }
});

const hostile: Record<string, ArchiveEntry[]> = {
  'a name that climbs': [{ path: '../victim/x' }],
  'a name that climbs in its middle': [{ path: 'a/../../victim/x' }],
  'a file behind a link of its own': [
    { path: 'link', type: 'symlink', linkTarget: '../victim' },
    { path: 'link/x' },
  ],
  'a file behind a link that is there': [{ path: 'there/x' }],
  'a directory in the place of a link': [{ path: 'there', type: 'directory' }, { path: 'there/x' }],
  'a hard link to a name that climbs': [{ path: 'h', type: 'hardlink', linkTarget: '../victim/kept' }],
  'a hard link behind a link': [{ path: 'h', type: 'hardlink', linkTarget: 'there/kept' }],
  'a disk': [{ path: 'disk', type: 'block', devMajor: 254, devMinor: 16 }],
};

test('an archive that would touch anything else is refused', async () => {
  await guest.shell('mkdir -p /trap/into /trap/victim; echo kept > /trap/victim/kept');
  await guest.shell('ln -s ../victim /trap/into/there');
  const victim = 'cd /trap/victim && ls -A && stat -c "%h %a %Y" kept && cat kept';
  const untouched = await guest.shell(victim);
  for (const [what, entries] of Object.entries(hostile)) {
    await assert.rejects(copyIn(guest, '/trap/into', [tarArchive(entries)]), isRefusal('failed'), what);
    assert.equal(await guest.shell(victim), untouched, what);
    assert.equal(await guest.shell('ls /trap; readlink /trap/into/there'), 'into\nvictim\n../victim', what);
  }
  await assert.rejects(copyIn(guest, '/trap/into', [randomBytes(5000)]), isRefusal('failed'));
});

test('a container that swaps a directory for a link meanwhile does not lead a copy astray', async () => {
  await guest.shell('mkdir -p /race/into/dir /race/victim');
  const swap = 'cd /race/into; while :; do mv dir real; ln -s ../victim dir; rm dir; mv real dir; echo; done';
  const { exec, streams } = await guest.start(['sh', '-c', swap]);
  const seen = { swaps: 0, linksMet: 0 };
  guest.client.readable(streams.stderr as number).resume();
  guest.client.readable(streams.stdout as number).on('data', (bytes: Buffer) => {
    seen.swaps += bytes.length;
  });
  // Back and forth, so that the way is walked anew for each.
  const names = Array.from({ length: 150 }, (_, index) => [`dir/${index}`, `other/${index}`]).flat();
  const archive = tarArchive(names.map((path) => ({ path, content: path })));
  for (let copies = 0; seen.swaps < 50 || seen.linksMet === 0; copies += 1) {
    assert.ok(copies < 200, `${copies} copies met ${seen.linksMet} links in ${seen.swaps} swaps`);
    await copyIn(guest, '/race/into', [archive]).catch((error: unknown) => {
      assert.ok(error instanceof GuestRefusal && error.reply.code === 'failed', String(error));
      if (error.reply.failed?.errno === 'ENOTDIR') seen.linksMet += 1;
    });
  }
  await guest.request('signal', { exec, signal: 9, group: true });
  await guest.event('exec-exit', (event) => event.exec === exec);
  assert.equal(await guest.shell('ls -A /race/victim'), '');
  await copyIn(guest, '/race', [tarArchive([{ path: 'after' }])]);
});
