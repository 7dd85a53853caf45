import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { watchStoreNode } from '../../../../init/xen/store-watch.ts';
import { encodeWatch } from '../../../../init/xen/wire.ts';
import { FakeNative } from '../../../support/fake-native.ts';

/** A watch on a connection whose other end is in the test's hand. */
function openWatch(context: TestContext) {
  const native = new FakeNative();
  context.after(() => native.dispose());
  const port = native.openPort();
  const seen: string[] = [];
  const say = (type: number, payload: string): void => {
    const words = Uint32Array.of(type, 0, 0, payload.length);
    port.write(Buffer.concat([new Uint8Array(words.buffer), Buffer.from(payload)]));
    native.settle();
  };
  watchStoreNode(native, port.fd, 'memory/target', {
    changed: () => seen.push('changed'),
    ended: (error) => seen.push(error.message),
  });
  return { native, port, say, seen };
}

test('watchStoreNode() asks at once and tells of each event', (context) => {
  const { port, say, seen } = openWatch(context);
  assert.deepEqual(port.read(), encodeWatch(1, 'memory/target', 'firstborn'));
  say(4, 'OK\0');
  assert.deepEqual(seen, []);
  say(15, 'memory/target\0firstborn\0');
  say(15, 'memory/target\0firstborn\0');
  assert.deepEqual(seen, ['changed', 'changed']);
});

test('watchStoreNode() ends with what xenstore refuses with', (context) => {
  const { native, port, say, seen } = openWatch(context);
  say(16, 'ENOENT\0');
  assert.deepEqual(seen, ['Cannot watch "memory/target" in xenstore: ENOENT']);
  assert.equal(native.isOpen(port.fd), false);
});

test('watchStoreNode() ends with the connection', (context) => {
  const { native, port, seen } = openWatch(context);
  port.hostPresent = false;
  native.settle();
  assert.deepEqual(seen, ['Cannot read from xenstore: it closed the connection']);
  assert.equal(native.isOpen(port.fd), false);
});

test('watchStoreNode() ends for what is no message', (context) => {
  const { native, port, seen } = openWatch(context);
  port.write(Buffer.alloc(16, 0xff));
  native.settle();
  assert.deepEqual(seen, ['Cannot read from xenstore: it sent no message']);
});

test('watchStoreNode() throws when the request is not taken, and leaves the connection', (context) => {
  const native = new FakeNative();
  context.after(() => native.dispose());
  const port = native.openPort();
  port.toHost.capacityBytes = 5;
  const watcher = { changed: assert.fail, ended: assert.fail };
  assert.throws(() => watchStoreNode(native, port.fd, 'memory/target', watcher), {
    message: 'Cannot watch "memory/target" in xenstore: the request was not taken',
  });
  assert.equal(native.isOpen(port.fd), true);
});
