import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { withMounts } from '../../../../host/launch/runtime-json.ts';

const mount = { destination: '/data', type: 'bind', source: '/run/x', options: ['bind'] };

describe('withMounts()', () => {
  it('leaves the bytes alone when there is nothing to add', () => {
    const bytes = Buffer.from('{ "mounts":[ ],\t"x":1e3 }');
    assert.equal(withMounts(bytes, []), bytes);
  });

  it("adds mounts behind the configuration's own, and keeps every number exactly", () => {
    const text = '{"mounts":[{"destination":"/a"}],"x":18446744073709551615,"y":1.5,"z":-7}';
    const added = withMounts(Buffer.from(text), [mount]).toString();
    assert.deepEqual((JSON.parse(added) as { mounts: object[] }).mounts, [{ destination: '/a' }, mount]);
    assert.match(added, /"x": 18446744073709551615,\n {2}"y": 1\.5,\n {2}"z": -7\n/);
  });

  it('takes a configuration without mounts', () => {
    for (const text of ['{}', '{"mounts":null}']) {
      assert.deepEqual(JSON.parse(withMounts(Buffer.from(text), [mount]).toString()), { mounts: [mount] });
    }
  });
});
