import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  digestPattern,
  sha256Digest,
  verifyDigest,
  verifyingStream,
} from '../../../../image/source/digest.ts';

const hello = 'sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824';

// oxlint-disable-next-line require-await -- a stream of what is at hand already
async function* chunks(...texts: string[]): AsyncGenerator<Buffer> {
  for (const text of texts) yield Buffer.from(text);
}

test('verifyDigest() accepts the right bytes and names both digests for others', () => {
  assert.equal(sha256Digest(Buffer.from('hello')), hello);
  verifyDigest(Buffer.from('hello'), hello, 'it');
  assert.throws(() => verifyDigest(Buffer.from('hallo'), hello, 'it'), {
    code: 'image',
    message: `Cannot accept it: its digest is "${sha256Digest(Buffer.from('hallo'))}", wanted "${hello}"`,
  });
});

test('verifyingStream() passes everything on and fails after the last chunk', async () => {
  assert.equal((await Array.fromAsync(verifyingStream(chunks('he', 'llo'), hello, 'it'))).join(''), 'hello');
  const seen: string[] = [];
  await assert.rejects(
    async () => {
      for await (const chunk of verifyingStream(chunks('he', 'lp'), hello, 'it')) seen.push(chunk.toString());
    },
    { message: /^Cannot accept it: its digest is/ },
  );
  assert.deepEqual(seen, ['he', 'lp']);
});

test('digestPattern knows the registered algorithms with their lengths', () => {
  assert.match(hello, digestPattern);
  assert.match(`sha512:${'a'.repeat(128)}`, digestPattern);
  for (const bad of [
    'sha256:abc',
    `sha256:${'A'.repeat(64)}`,
    `md5:${'a'.repeat(32)}`,
    `${hello}0`,
    `x${hello}`,
  ]) {
    assert.doesNotMatch(bad, digestPattern);
  }
});
