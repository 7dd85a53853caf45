import { createHash } from 'node:crypto';
import { FirstbornError } from '../../protocol/errors.ts';

/** `sha256:` and 64 hex digits, or `sha512:` and 128: the registered algorithms of OCI's descriptor.md. */
export const digestPattern = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

/** Splits a digest that matches `digestPattern`. */
export function splitDigest(digest: string): { algorithm: string; hex: string } {
  const [algorithm = '', hex = ''] = digest.split(':');
  return { algorithm, hex };
}

/** The SHA-256 of some bytes, written as a digest. */
export function sha256Digest(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** Throws unless `bytes` have the digest. `what` names them: `manifest "sha256:…"`. */
export function verifyDigest(bytes: Uint8Array, digest: string, what: string): void {
  const { algorithm, hex } = splitDigest(digest);
  const found = createHash(algorithm).update(bytes).digest('hex');
  if (found !== hex) throw digestMismatch(what, digest, `${algorithm}:${found}`);
}

/** Passes chunks on and throws after the last one unless they have the digest. */
export async function* verifyingStream(
  chunks: AsyncIterable<Buffer>,
  digest: string,
  what: string,
): AsyncGenerator<Buffer> {
  const { algorithm, hex } = splitDigest(digest);
  const hash = createHash(algorithm);
  for await (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
  const found = hash.digest('hex');
  if (found !== hex) throw digestMismatch(what, digest, `${algorithm}:${found}`);
}

function digestMismatch(what: string, wanted: string, found: string): FirstbornError {
  return new FirstbornError('image', `Cannot accept ${what}: its digest is "${found}", wanted "${wanted}"`);
}
