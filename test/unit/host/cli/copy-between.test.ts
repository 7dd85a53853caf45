import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type TestContext, test } from 'node:test';
import { copyFromMachine, copyToMachine } from '../../../../host/cli/copy-between.ts';
import { FirstbornError, type Machine, RequestRefusal } from '../../../../host/client/index.ts';
import { statLocal } from '../../../../host/files/local-path.ts';
import { packLocal } from '../../../../host/files/pack-local.ts';

interface Sides {
  guest: string;
  host: string;
  machine: Machine;
}

/** A machine whose container is a directory here. */
function fakeMachine(guest: string): Machine {
  const inside = (path: string): string => guest + path;
  const machine: Pick<Machine, 'stat' | 'copyOut' | 'copyIn'> = {
    stat: async (path, { follow = false } = {}) => {
      const stat = await statLocal(inside(path), { follow });
      if (stat !== undefined) return stat;
      const failed = { operation: 'openat2', errno: 'ENOENT' };
      const reply = { code: 'not-found', message: `Cannot look at "${path}"`, failed } as const;
      throw new RequestRefusal({ code: 'guest', message: '', reply });
    },
    // oxlint-disable-next-line require-await -- as the library has it
    copyOut: async (path, { follow = false } = {}) => Readable.from(packLocal(inside(path), { follow })),
    copyIn: async (path, archive) => {
      const tar = spawn('tar', ['-xf', '-', '-C', inside(path)], { stdio: ['pipe', 'inherit', 'inherit'] });
      const closed = once(tar, 'close');
      await pipeline(archive, tar.stdin);
      assert.deepEqual(await closed, [0, null]);
      return { entries: 0, contentBytes: 0 };
    },
  };
  return machine as Machine;
}

function makeSides(context: TestContext): Sides {
  const root = mkdtempSync(join(tmpdir(), 'fb-copies-'));
  context.after(() => rmSync(root, { recursive: true, force: true }));
  const [guest, host] = [join(root, 'guest'), join(root, 'host')];
  for (const side of [guest, host]) {
    mkdirSync(join(side, 'tree/inner'), { recursive: true });
    mkdirSync(join(side, 'empty'));
    writeFileSync(join(side, 'file'), side);
    writeFileSync(join(side, 'tree/inner/leaf'), side);
    symlinkSync('file', join(side, 'link'));
  }
  return { guest, host, machine: fakeMachine(guest) };
}

const options = { follow: false, keepOwnership: false, signal: new AbortController().signal };
const refuses = (message: RegExp) => (error: unknown) =>
  error instanceof FirstbornError && message.test(error.message);

test('a file goes into a directory, to a new name, and over a file of the host', async (t) => {
  const { guest, host, machine } = makeSides(t);
  for (const [to, at] of [
    ['empty', 'empty/file'],
    ['new', 'new'],
    ['file', 'file'],
  ] as const) {
    await copyFromMachine(machine, '/file', join(host, to), options);
    assert.equal(readFileSync(join(host, at), 'utf8'), guest, to);
  }
  await assert.rejects(
    copyFromMachine(machine, '/file', join(host, 'no/'), options),
    refuses(/does not exist/),
  );
  await assert.rejects(copyFromMachine(machine, '/no', host, options), refuses(/^Cannot look at "\/no"$/));
});

test('a directory goes into a directory or to a new name, and its contents into a directory', async (t) => {
  const { guest, host, machine } = makeSides(t);
  for (const [from, to, at] of [
    ['/tree', 'empty', 'empty/tree/inner/leaf'],
    ['/tree', 'new', 'new/inner/leaf'],
    ['/tree/.', 'empty', 'empty/inner/leaf'],
  ] as const) {
    await copyFromMachine(machine, from, join(host, to), options);
    assert.equal(readFileSync(join(host, at), 'utf8'), guest, `${from} to ${to}`);
  }
  await assert.rejects(
    copyFromMachine(machine, '/tree', join(host, 'file'), options),
    refuses(/the destination is no directory$/),
  );
});

test('files and directories of the host go into the container by the same rules', async (t) => {
  const { guest, host, machine } = makeSides(t);
  for (const [from, to, at] of [
    ['file', '/empty', 'empty/file'],
    ['file', '/new', 'new'],
    ['tree', '/empty/', 'empty/tree/inner/leaf'],
    ['tree', '/copy', 'copy/inner/leaf'],
    ['tree/.', '/empty', 'empty/inner/leaf'],
  ] as const) {
    await copyToMachine(machine, `${host}/${from}`, to, options);
    assert.equal(readFileSync(join(guest, at), 'utf8'), host, `${from} to ${to}`);
  }
  await assert.rejects(
    copyToMachine(machine, join(host, 'no'), '/empty', options),
    refuses(/^Cannot copy ".*\/no": it does not exist$/),
  );
  assert.equal(existsSync(join(guest, 'empty/no')), false);
});

test('a link is copied as it is, or as what it stands for', async (t) => {
  const { guest, host, machine } = makeSides(t);
  await copyFromMachine(machine, '/link', join(host, 'empty'), options);
  assert.equal(lstatSync(join(host, 'empty/link')).isSymbolicLink(), true);
  await copyFromMachine(machine, '/link', join(host, 'followed'), { ...options, follow: true });
  assert.equal(readFileSync(join(host, 'followed'), 'utf8'), guest);
  await copyToMachine(machine, join(host, 'link'), '/empty', { ...options, follow: true });
  assert.equal(readFileSync(join(guest, 'empty/link'), 'utf8'), host);
  assert.equal(lstatSync(join(guest, 'empty/link')).isSymbolicLink(), false);
});

test('a container that does not run is told from a file that is missing', async (t) => {
  const { host, machine } = makeSides(t);
  const reply = {
    code: 'not-found',
    message: 'Cannot reach the files of the container: it does not run',
  } as const;
  const stopped = {
    ...machine,
    stat: () => Promise.reject(new RequestRefusal({ code: 'guest', message: '', reply })),
  } as Machine;
  await assert.rejects(
    copyToMachine(stopped, join(host, 'file'), '/x', options),
    refuses(/it does not run$/),
  );
});
