import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { MappedDeviceRequest } from '../../addon/native.ts';
import { errnoValues } from '../../addon/plan/errno-names.ts';
import { type InterceptedEnd, interceptedNode } from './support/intercepted-node.ts';
import { native } from './support/native.ts';
import { scratchDirectory } from './support/scratch.ts';

const scratch = scratchDirectory();
const runIntercepted = interceptedNode(scratch);

/** Opens like a control node; the fake behind `interceptedNode` answers its ioctls. */
const controlPath = '/dev/null';
const request: MappedDeviceRequest = {
  controlPath,
  name: 'root',
  uuid: 'FIRSTBORN-root',
  readonly: true,
  target: { type: 'verity', lengthSectors: 80, params: '1 /dev/vda /dev/vda 4096 4096 10 11 sha256 00 -' },
};
const loaded = `load root ro 0+80 verity "${request.target.params}"`;

function run(script: string, fail?: string, variables?: Record<string, string>): string[] {
  const preamble = `const request = ${JSON.stringify(request)};`;
  const end: InterceptedEnd = runIntercepted(preamble + script, fail, variables);
  assert.deepEqual([end.stderr, end.status], ['', 0]);
  return end.stdout.trim().split('\n');
}

describe('createMappedDevice()', () => {
  it('creates, loads and resumes, and tells the device number', () => {
    const lines = run('console.log(JSON.stringify(native.createMappedDevice(request)))');
    assert.deepEqual(lines, [
      'create root uuid=FIRSTBORN-root',
      loaded,
      'resume root',
      '{"major":253,"minor":300}',
    ]);
  });

  it('makes a writable device without a uuid', () => {
    const lines = run(`native.createMappedDevice({ ...request, uuid: '', readonly: false })`);
    assert.deepEqual(lines.slice(0, 2), ['create root uuid=', loaded.replace(' ro ', ' rw ')]);
  });

  it('hands over names and parameters of the greatest length', () => {
    const lines = run(`native.createMappedDevice({
      ...request,
      name: 'n'.repeat(127),
      uuid: 'u'.repeat(128),
      target: { type: 't'.repeat(15), lengthSectors: Number.MAX_SAFE_INTEGER, params: 'p'.repeat(4095) },
    })`);
    assert.equal(lines[0], `create ${'n'.repeat(127)} uuid=${'u'.repeat(128)}`);
    const length = Number.MAX_SAFE_INTEGER;
    assert.equal(lines[1], `load ${'n'.repeat(127)} ro 0+${length} ${'t'.repeat(15)} "${'p'.repeat(4095)}"`);
  });

  it('removes the device again when its table or its start fails', () => {
    const script = 'report(() => native.createMappedDevice(request));';
    assert.deepEqual(run(script, `ioctl 2 ${errnoValues.EINVAL}`), [
      'create root uuid=FIRSTBORN-root',
      'remove root',
      'Cannot call DM_TABLE_LOAD: EINVAL',
    ]);
    assert.deepEqual(run(script, `ioctl 3 ${errnoValues.ENOMEM}`), [
      'create root uuid=FIRSTBORN-root',
      loaded,
      'remove root',
      'Cannot call DM_DEV_SUSPEND: ENOMEM',
    ]);
  });

  it('leaves the device alone that has the name already', () => {
    const lines = run(
      'native.createMappedDevice(request); report(() => native.createMappedDevice(request));',
    );
    assert.deepEqual(lines.slice(3), ['create root uuid=FIRSTBORN-root', 'Cannot call DM_DEV_CREATE: EBUSY']);
  });

  it('reports a control node that is missing and one that is none', () => {
    const missing = { ...request, controlPath: join(scratch, 'control') };
    assert.throws(() => native.createMappedDevice(missing), { syscall: 'openat', code: 'ENOENT' });
    assert.throws(() => native.createMappedDevice(request), { syscall: 'DM_DEV_CREATE', code: 'ENOTTY' });
  });

  const { target } = request;
  const refusals: [string, Partial<MappedDeviceRequest>][] = [
    ['"controlPath"', { controlPath: '' }],
    ['"name"', { name: '' }],
    ['"name"', { name: 'n'.repeat(128) }],
    ['"name"', { name: 'é'.repeat(64) }],
    ['the name', { name: 'a/b' }],
    ['"name"', { name: 'a\0b' }],
    ['"uuid"', { uuid: 'u'.repeat(129) }],
    ['"target.type"', { target: { ...target, type: '' } }],
    ['"target.type"', { target: { ...target, type: 't'.repeat(16) } }],
    ['"target.lengthSectors"', { target: { ...target, lengthSectors: 0 } }],
    ['"target.lengthSectors"', { target: { ...target, lengthSectors: 2 ** 53 } }],
    ['"target.params"', { target: { ...target, params: 'p'.repeat(4096) } }],
    ['"target.params"', { target: { ...target, params: '\0' } }],
  ];
  for (const [what, change] of refusals) {
    it(`refuses ${JSON.stringify(change).slice(0, 60)} and names ${what}`, () => {
      assert.throws(() => native.createMappedDevice({ ...request, ...change }), {
        name: 'RangeError',
        message: new RegExp(`^Cannot call createMappedDevice, ${what} must`),
      });
    });
  }

  it('refuses properties of the wrong type', () => {
    for (const wrong of [
      { ...request, name: 7 },
      { ...request, readonly: 1 },
      { ...request, target: 'verity' },
      { ...request, target: { ...target, lengthSectors: '80' } },
      { ...request, target: { ...target, params: undefined } },
    ]) {
      assert.throws(() => native.createMappedDevice(wrong as unknown as MappedDeviceRequest), TypeError);
    }
  });

  it('passes on what a getter throws', () => {
    const wrong = Object.defineProperty({ ...request }, 'uuid', {
      get: () => {
        throw new SyntaxError('mine');
      },
    });
    assert.throws(() => native.createMappedDevice(wrong), { name: 'SyntaxError', message: 'mine' });
  });
});

describe('mappedDeviceStatus()', () => {
  const script = `
    native.createMappedDevice(request);
    report(() => console.log(native.mappedDeviceStatus(request.controlPath, 'root')));`;

  it("gives the target's own words", () => {
    assert.deepEqual(run(script).slice(3), ['status root', 'V', 'done']);
    assert.deepEqual(run(script, undefined, { FAKE_DEVICE_STATUS: 'C' }).slice(3), [
      'status root',
      'C',
      'done',
    ]);
  });

  it('reports words that are too many', () => {
    const lines = run(script, undefined, { FAKE_DEVICE_STATUS: 'x'.repeat(4096) });
    assert.equal(lines.at(-1), 'Cannot call DM_TABLE_STATUS: EMSGSIZE');
    const fitting = run(script, undefined, { FAKE_DEVICE_STATUS: 'x'.repeat(4095) });
    assert.equal(fitting.at(-2), 'x'.repeat(4095));
  });

  it('reports a device that is not there', () => {
    const lines = run(`report(() => native.mappedDeviceStatus(request.controlPath, 'other'));`);
    assert.deepEqual(lines, ['Cannot call DM_TABLE_STATUS: ENXIO']);
  });
});

describe('removeMappedDevice()', () => {
  it('removes the device, once', () => {
    const lines = run(`
      native.createMappedDevice(request);
      native.removeMappedDevice(request.controlPath, 'root');
      report(() => native.removeMappedDevice(request.controlPath, 'root'));`);
    assert.deepEqual(lines.slice(3), ['remove root', 'Cannot call DM_DEV_REMOVE: ENXIO']);
  });

  it('refuses names that no device can have', () => {
    for (const name of ['', 'a/b', 'n'.repeat(128), 'a\0']) {
      assert.throws(() => native.removeMappedDevice(controlPath, name), RangeError);
      assert.throws(() => native.mappedDeviceStatus(controlPath, name), RangeError);
    }
  });
});
