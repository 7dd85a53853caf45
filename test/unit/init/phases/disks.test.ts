import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BlockDevice, chooseDisks, type Disks } from '../../../../init/phases/disks.ts';

/** `vda`, or `vda=serial`. */
const devices = (text: string): BlockDevice[] =>
  text
    .split(' ')
    .filter(Boolean)
    .map((word) => {
      const [name = '', serial] = word.split('=');
      return { name, serial };
    });

const disks = (root: string, config: string, addons?: string): Disks => ({
  root: `/dev/${root}`,
  config: `/dev/${config}`,
  addons: addons === undefined ? undefined : `/dev/${addons}`,
});

const choices: [what: string, found: string, chosen: Disks | undefined][] = [
  ['letters without serials', 'vda vdb', disks('vda', 'vdb')],
  ['letters in any order', 'vdb vda', disks('vda', 'vdb')],
  ['the names of Xen', 'xvda xvdb', disks('xvda', 'xvdb')],
  ['a third letter for addons', 'xvda xvdb xvdc', disks('xvda', 'xvdb', 'xvdc')],
  ['a fourth disk that is nobody', 'vda vdb vdc vdd', disks('vda', 'vdb', 'vdc')],
  ['serials', 'vda=firstborn-root vdb=firstborn-config', disks('vda', 'vdb')],
  ['serials over letters', 'vda=firstborn-config vdb=firstborn-root', disks('vdb', 'vda')],
  ['serials beside disks of others', 'vda=data vdb=firstborn-root vdc=firstborn-config', disks('vdb', 'vdc')],
  [
    'serials for addons too',
    'vda=firstborn-addons vdb=firstborn-config vdc=firstborn-root',
    disks('vdc', 'vdb', 'vda'),
  ],
  ['serials of others as if there were none', 'vda=one vdb=two', disks('vda', 'vdb')],
  ['no disk at all', '', undefined],
  ['a root without a config', 'vda', undefined],
  ['a config without a root', 'vdb', undefined],
  ['one serial so far: the other disk is yet to come', 'vda=firstborn-root vdb', undefined],
  ['an addons serial alone', 'vda vdb vdc=firstborn-addons', undefined],
];
for (const [what, found, chosen] of choices) {
  test(`chooseDisks() goes by ${what}`, () => assert.deepEqual(chooseDisks(devices(found)), chosen));
}
