import assert from 'node:assert/strict';
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { RequestRefusal } from '../../../../init/channel/requests.ts';
import { fileRequests } from '../../../../init/files/requests.ts';
import { Transfers } from '../../../../init/files/transfers.ts';
import { maxFileTransfers } from '../../../../protocol/limits.ts';
import type { FileStat, TransferStarted, TransferSummary } from '../../../../protocol/messages.ts';
import { type GuestChannel, openGuestChannel } from '../../../support/guest-channel.ts';
import { device, directory, file, symlink, tarOf } from '../../../support/image-fixtures.ts';
import { makeRecordingLog } from '../../../support/recording-log.ts';
import { scratchDirectory } from '../../../support/scratch-directory.ts';
import { receiveStream, sendStream, turnUntil } from '../../../support/transfer-host.ts';

interface Guest extends GuestChannel {
  root: string;
  transfers: Transfers;
  stat(path: string, follow?: boolean): Promise<FileStat>;
  copyOut(path: string): Promise<TransferStarted>;
  copyIn(path: string): Promise<TransferStarted>;
  outcome(transfer: number): Promise<TransferSummary>;
  cancel(transfer: number): void;
}

function startGuest(context: TestContext): Guest {
  const guest = openGuestChannel(context);
  guest.host.hello('a');
  guest.host.forget();
  const root = scratchDirectory(context);
  const transfers = new Transfers();
  const handlers = fileRequests({
    native: guest.native,
    log: makeRecordingLog().log,
    channel: guest.channel,
    containerRoot: () => root,
    transfers,
  });
  const base = { id: 1 };
  return {
    ...guest,
    root,
    transfers,
    stat: async (path, follow = false) =>
      (await handlers.stat({ ...base, method: 'stat', params: { path, follow } })) as FileStat,
    copyOut: async (path) =>
      (await handlers['copy-out']({
        ...base,
        method: 'copy-out',
        params: { path, follow: false },
      })) as TransferStarted,
    copyIn: async (path) =>
      (await handlers['copy-in']({ ...base, method: 'copy-in', params: { path } })) as TransferStarted,
    outcome: async (transfer) =>
      (await handlers['await-transfer']({
        ...base,
        method: 'await-transfer',
        params: { transfer },
      })) as TransferSummary,
    cancel: (transfer) =>
      void handlers['cancel-transfer']({ ...base, method: 'cancel-transfer', params: { transfer } }),
  };
}

const own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };

test('stat tells what is there, of a link its target', async (context) => {
  const guest = startGuest(context);
  writeFileSync(join(guest.root, 'file'), 'four', { mode: 0o640 });
  symlinkSync('file', join(guest.root, 'link'));
  const { modifiedMs, ...stat } = await guest.stat('/file');
  assert.deepEqual(stat, { type: 'file', mode: 0o640, ...own, sizeBytes: 4 });
  assert.ok(Math.abs(modifiedMs - statSync(join(guest.root, 'file')).mtimeMs) < 1);
  assert.deepEqual(
    [(await guest.stat('/link')).type, (await guest.stat('/link')).target],
    ['symlink', 'file'],
  );
  assert.equal((await guest.stat('/link', true)).type, 'file');
});

test('stat answers not-found with the errno when nothing is there, and when no container runs', async (context) => {
  const guest = startGuest(context);
  writeFileSync(join(guest.root, 'file'), '');
  symlinkSync('loop', join(guest.root, 'loop'));
  for (const [path, errno] of [
    ['/none', 'ENOENT'],
    ['/file/x', 'ENOTDIR'],
    ['/loop/x', 'ELOOP'],
  ] as const) {
    await assert.rejects(guest.stat(path), (error: RequestRefusal) => {
      assert.equal(error.code, 'not-found');
      assert.deepEqual(error.details.failed, { operation: 'open', errno });
      assert.equal(error.message, `Cannot look at "${path}": ${errno} in open`);
      return true;
    });
  }
  const handlers = fileRequests({ ...guest, log: makeRecordingLog().log, containerRoot: () => undefined });
  const request = { id: 1, method: 'copy-in', params: { path: '/' } } as const;
  await assert.rejects(Promise.resolve(handlers['copy-in'](request)), {
    code: 'not-found',
    message: 'Cannot reach the files of the container: it does not run',
  });
});

test('what copy-out gives copy-in takes', async (context) => {
  const guest = startGuest(context);
  mkdirSync(join(guest.root, 'from/deep'), { recursive: true });
  const content = Buffer.from(Array.from({ length: 400_000 }, (_, index) => index % 253));
  writeFileSync(join(guest.root, 'from/deep/file'), content);
  symlinkSync('/etc/passwd', join(guest.root, 'from/link'));
  mkdirSync(join(guest.root, 'to'));
  const out = await guest.copyOut('/from');
  const archive = await receiveStream(guest.host, out.stream);
  const summary = { entries: 4, contentBytes: content.length };
  assert.deepEqual(await guest.outcome(out.transfer), summary);
  const back = await guest.copyIn('/to');
  assert.notEqual(back.stream, out.stream);
  await sendStream(guest.host, back.stream, archive);
  assert.deepEqual(await guest.outcome(back.transfer), summary);
  assert.ok(readFileSync(join(guest.root, 'to/from/deep/file')).equals(content));
  assert.ok(lstatSync(join(guest.root, 'to/from/link')).isSymbolicLink());
});

test('copy-in wants a directory that is there', async (context) => {
  const guest = startGuest(context);
  writeFileSync(join(guest.root, 'file'), '');
  await assert.rejects(guest.copyIn('/file'), { code: 'failed', message: /ENOTDIR/ });
  await assert.rejects(guest.copyIn('/none'), { code: 'not-found', message: /ENOENT/ });
});

test('a copy that failed says at which entry, and its stream goes on taking bytes', async (context) => {
  const guest = startGuest(context);
  const { transfer, stream } = await guest.copyIn('/');
  const entries = [file('a', 'x', own), device('null', 'char', 1, 3), file('big', 'y'.repeat(500_000))];
  await sendStream(guest.host, stream, tarOf(entries));
  await assert.rejects(guest.outcome(transfer), {
    code: 'failed',
    message: 'Cannot unpack "null": it is a device',
  });
  assert.deepEqual(readdirSync(guest.root), ['a']);
});

test('a copy that failed on a system call names it', async (context) => {
  const guest = startGuest(context);
  mkdirSync(join(guest.root, 'd'));
  const { transfer, stream } = await guest.copyIn('/');
  await sendStream(guest.host, stream, tarOf([symlink('l', 'd', own), file('l/x', '', own)]));
  await assert.rejects(guest.outcome(transfer), (error: RequestRefusal) => {
    assert.deepEqual(error.details.failed, { operation: 'open', errno: 'ENOTDIR' });
    return true;
  });
  assert.deepEqual(readdirSync(join(guest.root, 'd')), []);
});

test('only so many copies run at once, and cancelled ones make room', async (context) => {
  const guest = startGuest(context);
  const started: TransferStarted[] = [];
  for (let count = 0; count < maxFileTransfers; count += 1) started.push(await guest.copyIn('/'));
  await assert.rejects(guest.copyOut('/'), { code: 'busy' });
  const outcomes = Promise.allSettled(started.map(({ transfer }) => guest.outcome(transfer)));
  for (const { transfer } of started) guest.cancel(transfer);
  for (const outcome of await outcomes) {
    assert.equal(outcome.status, 'rejected');
    assert.match(String(outcome.reason), /Cannot go on with the copy: it was cancelled/);
  }
  const { transfer } = await guest.copyIn('/');
  await guest.transfers.cancelAll();
  await assert.rejects(guest.outcome(transfer), { code: 'failed' });
  assert.throws(() => guest.cancel(transfer), { code: 'not-found' });
});

test('a new host session ends the copies of the one before', async (context) => {
  const guest = startGuest(context);
  writeFileSync(join(guest.root, 'file'), Buffer.alloc(1_000_000));
  const out = await guest.copyOut('/file');
  const back = await guest.copyIn('/');
  const openBefore = readdirSync('/proc/self/fd').length;
  const outcomes = Promise.allSettled([guest.outcome(out.transfer), guest.outcome(back.transfer)]);
  guest.host.hello('b');
  for (const outcome of await outcomes) {
    assert.equal(outcome.status, 'rejected');
    assert.match(String(outcome.reason), /its host session has ended/);
  }
  assert.ok(readdirSync('/proc/self/fd').length < openBefore);
  assert.deepEqual(readdirSync(guest.root), ['file']);
});

test('copy-out ends its stream also when it fails, before the end marker', async (context) => {
  const guest = startGuest(context);
  mkdirSync(join(guest.root, `d/${'x/'.repeat(140)}`), { recursive: true });
  const { transfer, stream } = await guest.copyOut('/d');
  const archive = await receiveStream(guest.host, stream);
  assert.equal(
    archive.subarray(-1024).every((byte) => byte === 0),
    false,
  );
  await assert.rejects(guest.outcome(transfer), { message: /more than 128 directories deep/ });
});

test('a long wait for a copy does not lose its outcome', async (context) => {
  const guest = startGuest(context);
  const { transfer, stream } = await guest.copyIn('/');
  const waiting = guest.outcome(transfer);
  await sendStream(guest.host, stream, tarOf([directory('d', own)]));
  assert.deepEqual(await waiting, { entries: 1, contentBytes: 0 });
  assert.deepEqual(await guest.outcome(transfer), { entries: 1, contentBytes: 0 });
  await assert.rejects(guest.outcome(transfer), { code: 'not-found' });
});

test('outcomes that nobody asks for are forgotten, the oldest first', async (context) => {
  const guest = startGuest(context);
  const numbers: number[] = [];
  for (let count = 0; count < 70; count += 1) {
    const { transfer } = await guest.copyIn('/');
    numbers.push(transfer);
    guest.cancel(transfer);
    await turnUntil(() => (guest.transfers.runningCount === 0 ? true : undefined));
  }
  const [oldest = 0] = numbers;
  await assert.rejects(guest.outcome(oldest), { code: 'not-found' });
  await assert.rejects(guest.outcome(numbers.at(-1) ?? 0), { code: 'failed' });
});
