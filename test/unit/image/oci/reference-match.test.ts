import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isNamedBy } from '../../../../image/oci/reference-match.ts';

test('isNamedBy() takes a full name, its end and its tag', () => {
  const name = 'docker.io/library/busybox:1.36';
  for (const reference of [name, 'library/busybox:1.36', 'busybox:1.36', '1.36']) {
    assert.equal(isNamedBy(name, reference), true, reference);
  }
  for (const reference of ['box:1.36', 'busybox', '36', 'docker.io', '']) {
    assert.equal(isNamedBy(name, reference), false, reference);
  }
});
