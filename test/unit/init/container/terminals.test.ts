import assert from 'node:assert/strict';
import { fstatSync, mkdirSync, openSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import {
  type ContainerTerminal,
  mountTerminals,
  openContainerTerminal,
  reopenInContainer,
  terminalsPath,
  unmountTerminals,
} from '../../../../init/container/terminals.ts';
import { FakeNative } from '../../../support/fake-native.ts';
import { makeRecordingLog } from '../../../support/recording-log.ts';
import { scratchDirectory } from '../../../support/scratch-directory.ts';

function openNative(context: TestContext): FakeNative {
  const native = new FakeNative();
  context.after(() => native.dispose());
  return native;
}

/** A container's root whose /dev/pts has one file, which stands for the slave of a terminal. */
function makeRoot(context: TestContext): { root: string; terminal: ContainerTerminal } {
  const root = scratchDirectory(context);
  const elsewhere = scratchDirectory(context);
  mkdirSync(join(root, 'dev/pts'), { recursive: true });
  writeFileSync(join(elsewhere, '0'), '');
  symlinkSync(elsewhere, join(root, 'dev/init'));
  const slaveFd = openSync(join(elsewhere, '0'), 'r+');
  return { root, terminal: { outputFd: -1, inputFd: -1, slaveFd, slavePath: '/dev/pts/0' } };
}

test('terminals of a container are below /run, which no container sees', () => {
  assert.equal(terminalsPath('main'), '/run/firstborn/pts/main');
});

test('mountTerminals() and unmountTerminals() run a plan each', (context) => {
  const native = openNative(context);
  const { log } = makeRecordingLog();
  mountTerminals(native, log, 'main');
  unmountTerminals(native, log, 'main');
  const [mount, unmount] = native.plans.map((plan) => Buffer.from(plan).toString('latin1'));
  assert.match(mount ?? '', /newinstance,gid=5,mode=0620,ptmxmode=0666/);
  assert.match(unmount ?? '', /\/run\/firstborn\/pts\/main/);
});

test('openContainerTerminal() sets the size before anybody can see another', (context) => {
  const native = openNative(context);
  const opened = openContainerTerminal(native, 'main', { rows: 30, columns: 90 });
  assert.deepEqual(native.terminalSizes, [{ fd: opened.outputFd, rows: 30, columns: 90 }]);
  assert.match(opened.slavePath, /^\/dev\/pts\//);
});

test('reopenInContainer() gives the terminal under the name that the container has for it', (context) => {
  const { root, terminal } = makeRoot(context);
  const native = openNative(context);
  // The same file by another path, as it is by another mount.
  context.mock.method(native, 'openInRoot', (_root: string, _path: string, flags: number) =>
    openSync(`/proc/self/fd/${terminal.slaveFd}`, flags & ~0o400000),
  );
  const before = fstatSync(terminal.slaveFd).ino;
  const fd = reopenInContainer(native, root, terminal);
  assert.equal(fstatSync(fd).ino, before);
  assert.throws(() => fd !== terminal.slaveFd && fstatSync(terminal.slaveFd), { code: 'EBADF' });
  native.closeFd(fd);
});

test('reopenInContainer() keeps the terminal at hand when something else lies at its path', (context) => {
  const { root, terminal } = makeRoot(context);
  const native = openNative(context);
  writeFileSync(join(root, 'dev/pts/0'), 'another');
  assert.equal(reopenInContainer(native, root, terminal), terminal.slaveFd);
  assert.match(readlinkSync(`/proc/self/fd/${terminal.slaveFd}`), /\/0$/);
});

test('reopenInContainer() keeps the terminal at hand when nothing lies at its path', (context) => {
  const { root, terminal } = makeRoot(context);
  assert.equal(reopenInContainer(openNative(context), root, terminal), terminal.slaveFd);
});
