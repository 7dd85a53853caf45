import { resolve } from 'node:path';
import { FirstbornError } from '../../protocol/errors.ts';
import { verityBlockBytes } from '../../protocol/verity.ts';
import { parseByteSize } from './memory-size.ts';
import type { BindRequest, MountRequest, TmpfsRequest } from './mounts.ts';
import type { VerityWish } from './verified-volume.ts';

/** The words of docker-run(1) for mounts, `--volume`, `--mount` and `--tmpfs`. All throw a FirstbornError of code `usage`. */

function refuse(option: string, text: string, expected: string): FirstbornError {
  return new FirstbornError('usage', `Cannot take "${text}" for --${option}: expected ${expected}`);
}

const volumeForm = 'SOURCE:DESTINATION[:ro|rw]';

/**
 * Reads `--volume`. A relative source begins with a dot and is resolved against `workingDir`: a bare name would be
 * a volume that the host manages, and there are none.
 */
export function parseVolumeOption(text: string, workingDir: string): BindRequest {
  const [source = '', destination = '', access = 'rw', ...more] = text.split(':');
  if (source === '' || destination === '' || more.length > 0 || !['ro', 'rw'].includes(access)) {
    throw refuse('volume', text, volumeForm);
  }
  return bindRequest('volume', text, { source, destination, readonly: access === 'ro' }, workingDir);
}

function bindRequest(
  option: string,
  text: string,
  { source, destination, readonly }: Omit<BindRequest, 'type'>,
  workingDir: string,
): BindRequest {
  if (!/^(\/|\.\.?(\/|$))/.test(source)) {
    throw refuse(
      option,
      text,
      `a path such as "/${source}" or "./${source}" for the source, named volumes are not supported`,
    );
  }
  checkDestination(option, text, destination);
  return { type: 'bind', source: resolve(workingDir, source), destination, readonly };
}

function checkDestination(option: string, text: string, destination: string): void {
  if (!destination.startsWith('/'))
    throw refuse(option, text, `an absolute path in place of "${destination}"`);
}

/** Keys of `--mount` that have several names. */
const mountKeys = new Map<string, string>([
  ['type', 'type'],
  ['source', 'source'],
  ['src', 'source'],
  ['destination', 'destination'],
  ['target', 'destination'],
  ['dst', 'destination'],
  ['readonly', 'readonly'],
  ['ro', 'readonly'],
  ['tmpfs-size', 'size'],
  ['tmpfs-mode', 'mode'],
  ['verity-root-hash', 'rootHash'],
  ['verity-hash-offset', 'hashOffset'],
]);

function readPairs(text: string): Map<string, string> {
  const pairs = new Map<string, string>();
  for (const field of text.split(',')) {
    const equals = field.indexOf('=');
    const name = equals === -1 ? field : field.slice(0, equals);
    const key = mountKeys.get(name);
    if (key === undefined) {
      throw refuse('mount', text, `one of ${[...mountKeys.keys()].join(', ')} in place of "${name}"`);
    }
    if (pairs.has(key)) throw refuse('mount', text, `"${key}" once`);
    if (equals === -1 && key !== 'readonly') throw refuse('mount', text, `a value, ${name}=…`);
    pairs.set(key, equals === -1 ? 'true' : field.slice(equals + 1));
  }
  return pairs;
}

const truths = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
]);

/** Reads `--mount`: `type=bind,src=/data,dst=/data,ro`, `type=tmpfs,dst=/cache,tmpfs-size=64m`. */
export function parseMountOption(text: string, workingDir: string): MountRequest {
  const pairs = readPairs(text);
  const type = pairs.get('type') ?? 'volume';
  const destination = pairs.get('destination');
  const source = pairs.get('source');
  const readonly = truths.get(pairs.get('readonly') ?? 'false');
  if (destination === undefined) throw refuse('mount', text, 'a destination, dst=PATH');
  if (readonly === undefined) throw refuse('mount', text, '"true" or "false" for "readonly"');
  if (type === 'tmpfs') {
    if (pairs.has('rootHash') || pairs.has('hashOffset'))
      throw refuse('mount', text, 'verity-… with type=bind');
    if (source !== undefined) throw refuse('mount', text, 'no source for a tmpfs');
    const options = tmpfsOptions('mount', text, { size: pairs.get('size'), mode: pairs.get('mode') });
    checkDestination('mount', text, destination);
    return { type: 'tmpfs', destination, readonly, ...options, options: ['noexec'] };
  }
  if (type !== 'bind' && type !== 'volume') throw refuse('mount', text, 'type bind, volume or tmpfs');
  if (pairs.has('size') || pairs.has('mode'))
    throw refuse('mount', text, 'tmpfs-size and tmpfs-mode with type=tmpfs');
  if (source === undefined || source === '') throw refuse('mount', text, 'a source, src=PATH');
  const bind = bindRequest('mount', text, { source, destination, readonly }, workingDir);
  const verity = verityWish(text, pairs.get('rootHash'), pairs.get('hashOffset'));
  return verity === undefined ? bind : { ...bind, verity };
}

function verityWish(
  text: string,
  rootHash: string | undefined,
  hashOffset: string | undefined,
): VerityWish | undefined {
  if (rootHash === undefined) {
    if (hashOffset !== undefined) throw refuse('mount', text, 'verity-root-hash with verity-hash-offset');
    return undefined;
  }
  if (!/^[0-9a-fA-F]{64}$/.test(rootHash)) {
    throw refuse('mount', text, `64 hexadecimal digits in place of "${rootHash}"`);
  }
  const wish = { rootHash: rootHash.toLowerCase() };
  if (hashOffset === undefined) return wish;
  const hashOffsetBytes = /^\d{1,16}$/.test(hashOffset) ? Number(hashOffset) : 0;
  if (hashOffsetBytes < verityBlockBytes || hashOffsetBytes % verityBlockBytes !== 0) {
    throw refuse('mount', text, `a multiple of ${verityBlockBytes} in place of "${hashOffset}"`);
  }
  return { ...wish, hashOffsetBytes };
}

function tmpfsOptions(
  option: string,
  text: string,
  { size, mode }: { size: string | undefined; mode: string | undefined },
): Pick<TmpfsRequest, 'sizeBytes' | 'mode'> {
  const sizeBytes = size === undefined ? undefined : Math.ceil(parseByteSize(size) ?? 0);
  if (sizeBytes !== undefined && sizeBytes < 1) {
    throw refuse(option, text, `a size such as 64m in place of "${size}"`);
  }
  const modeBits = mode === undefined || !/^[0-7]{1,5}$/.test(mode) ? undefined : Number.parseInt(mode, 8);
  if (mode !== undefined && (modeBits === undefined || modeBits > 0o7777)) {
    throw refuse(option, text, `permission bits such as 1777 in place of "${mode}"`);
  }
  return {
    ...(sizeBytes === undefined ? {} : { sizeBytes }),
    ...(modeBits === undefined ? {} : { mode: modeBits }),
  };
}

/** Options of tmpfs(5) and mount(8) that are passed on as they are. */
const passedTmpfsOptions = /^(uid=\d+|gid=\d+|nr_inodes=\d+[kmg]?|noatime|exec|noexec|suid|nosuid|nodev)$/;

/** Reads `--tmpfs`: `/run`, `/cache:size=64m,mode=700,exec`. As with Docker, nothing in it can be executed unless `exec` says so. */
export function parseTmpfsOption(text: string): TmpfsRequest {
  const colon = text.indexOf(':');
  const destination = colon === -1 ? text : text.slice(0, colon);
  checkDestination('tmpfs', text, destination);
  let readonly = false;
  let size: string | undefined;
  let mode: string | undefined;
  const options = ['noexec'];
  for (const word of colon === -1 ? [] : text.slice(colon + 1).split(',')) {
    if (word === 'ro' || word === 'rw') readonly = word === 'ro';
    else if (word.startsWith('size=')) size = word.slice('size='.length);
    else if (word.startsWith('mode=')) mode = word.slice('mode='.length);
    else if (passedTmpfsOptions.test(word)) options.push(word);
    else
      throw refuse('tmpfs', text, `size=, mode=, uid=, gid=, ro, rw, exec or noexec in place of "${word}"`);
  }
  return { type: 'tmpfs', destination, readonly, ...tmpfsOptions('tmpfs', text, { size, mode }), options };
}
