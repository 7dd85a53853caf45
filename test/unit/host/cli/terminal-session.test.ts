import assert from 'node:assert/strict';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { describe, it, type TestContext } from 'node:test';
import { TerminalSession } from '../../../../host/cli/terminal-session.ts';
import type { TerminalSize } from '../../../../host/client/index.ts';

interface Scene {
  session: TerminalSession;
  /** What is typed, and what arrives at the other side. */
  input: PassThrough;
  stdin: PassThrough;
  sizes: TerminalSize[];
  /** Changes the size of our terminal. */
  resizeTo: (size: TerminalSize) => void;
}

const size = { rows: 24, columns: 80 };

function scene(context: TestContext, resize?: (wanted: TerminalSize) => Promise<void>): Scene {
  const input = new PassThrough();
  const stdin = new PassThrough();
  const sizes: TerminalSize[] = [];
  let current = size;
  const remote = {
    stdin,
    resize: async (wanted: TerminalSize): Promise<void> => {
      await resize?.(wanted);
      sizes.push(wanted);
    },
  };
  const session = new TerminalSession(remote, {
    detachKeys: Buffer.from('q'),
    size,
    input,
    currentSize: () => current,
  });
  context.after(() => session.close());
  return {
    session,
    input,
    stdin,
    sizes,
    resizeTo: (wanted) => {
      current = wanted;
      process.emit('SIGWINCH', 'SIGWINCH');
    },
  };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('TerminalSession', () => {
  it('passes keys on from its beginning, up to the detach keys', async (context) => {
    const { session, input, stdin } = scene(context);
    input.write('early ');
    await settled();
    assert.equal(stdin.readableLength, 0);
    session.begin();
    input.write('keysq and more');
    await session.detached;
    let passed = '';
    while (passed !== 'early keys') {
      await settled();
      passed += String(stdin.read() ?? '');
      assert.ok('early keys'.startsWith(passed), passed);
    }
  });

  it('ends the input of the other side with its own', async (context) => {
    const { session, input, stdin } = scene(context);
    session.begin();
    input.end('last');
    stdin.resume();
    await once(stdin, 'end');
  });

  it('tells the size that has changed before the process was there', async (context) => {
    const { session, sizes, resizeTo } = scene(context);
    resizeTo({ rows: 30, columns: 100 });
    await settled();
    assert.deepEqual(sizes, []);
    session.begin();
    await settled();
    assert.deepEqual(sizes, [{ rows: 30, columns: 100 }]);
  });

  it('tells every change, the last one last, and nothing that is no change', async (context) => {
    const answers: (() => void)[] = [];
    const { session, sizes, resizeTo } = scene(
      context,
      () => new Promise((resolve) => answers.push(resolve)),
    );
    session.begin();
    resizeTo(size);
    for (const rows of [1, 2, 3]) resizeTo({ rows, columns: 80 });
    while (sizes.at(-1)?.rows !== 3) {
      answers.shift()?.();
      await settled();
    }
    assert.deepEqual(sizes, [
      { rows: 1, columns: 80 },
      { rows: 3, columns: 80 },
    ]);
  });

  it('tries again at the next change when nobody was there', async (context) => {
    let isThere = false;
    const { session, sizes, resizeTo } = scene(context, () =>
      isThere ? Promise.resolve() : Promise.reject(new Error('not-found')),
    );
    session.begin();
    resizeTo({ rows: 1, columns: 80 });
    await settled();
    isThere = true;
    session.begin();
    await settled();
    assert.deepEqual(sizes, [{ rows: 1, columns: 80 }]);
  });

  it('tells nothing after its end', async (context) => {
    const { session, sizes, resizeTo } = scene(context);
    session.begin();
    session.close();
    resizeTo({ rows: 1, columns: 1 });
    await settled();
    assert.deepEqual(sizes, []);
  });
});
