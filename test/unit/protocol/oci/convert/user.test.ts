import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  parseGroup,
  parsePasswd,
  type ResolvedUser,
  resolveUser,
} from '../../../../../protocol/oci/convert/user.ts';

const passwd = [
  '# comment:x:1:1::/comment:',
  'root:x:0:0:root:/root:/bin/sh',
  'web:x:1000:1000:Web,,,:/srv/web:/bin/false',
  'web:x:2000:2000:second of the name:/nowhere:/bin/false',
  'alias:x:1000:3000:second of the id:/alias:/bin/false',
  'short:x:1001',
  'nohome:x:1002:1002',
  'badid:x:12a:1::/bad:',
  'huge:x:2147483648:1::/huge:',
  'largest:x:2147483647:7::/largest:',
  '',
  ':x:0:0::/nameless:',
  '+::::::',
  'windows:x:1003:1003::/windows:/bin/sh\r',
].join('\n');

const group = [
  'root:x:0:',
  'web:x:1000:',
  'staff:x:50:web,largest',
  'disk:x:6:root,web',
  'staff:x:51:nobody',
  'twice:x:50:web',
  'broken:x:abc:web',
  'alone:x:77',
  '#off:x:88:web',
].join('\n');

const database = { passwd, group };
const user = (uid: number, gid: number, additionalGids: number[], home: string): ResolvedUser => ({
  uid,
  gid,
  additionalGids,
  home,
});

const resolvable: [text: string, resolved: ResolvedUser][] = [
  ['', user(0, 0, [6], '/root')],
  ['root', user(0, 0, [6], '/root')],
  ['0', user(0, 0, [6], '/root')],
  ['web', user(1000, 1000, [50, 6], '/srv/web')],
  ['1000', user(1000, 1000, [50, 6], '/srv/web')],
  ['web:', user(1000, 1000, [50, 6], '/srv/web')],
  ['web:staff', user(1000, 50, [], '/srv/web')],
  ['web:6', user(1000, 6, [], '/srv/web')],
  ['web:4711', user(1000, 4711, [], '/srv/web')],
  ['1000:staff', user(1000, 50, [], '/srv/web')],
  ['1000:1000', user(1000, 1000, [], '/srv/web')],
  [':staff', user(0, 50, [], '/root')],
  [':', user(0, 0, [6], '/root')],
  ['4711', user(4711, 0, [], '/')],
  ['4711:4712', user(4711, 4712, [], '/')],
  ['4711:alone', user(4711, 77, [], '/')],
  ['alias', user(1000, 3000, [], '/alias')],
  ['nohome', user(1002, 1002, [], '/')],
  ['largest', user(2147483647, 7, [50], '/largest')],
  ['2147483647', user(2147483647, 7, [50], '/largest')],
  ['007', user(7, 0, [], '/')],
  ['windows', user(1003, 1003, [], '/windows')],
];
for (const [text, resolved] of resolvable) {
  test(`resolveUser() resolves "${text}" to ${resolved.uid}:${resolved.gid}`, () => {
    assert.deepEqual(resolveUser(text, database), resolved);
  });
}

const unresolvable: [text: string, message: string][] = [
  ['nobody', 'Cannot find the user "nobody" in the image\'s /etc/passwd'],
  ['short', 'Cannot find the user "short" in the image\'s /etc/passwd'],
  ['badid', 'Cannot find the user "badid" in the image\'s /etc/passwd'],
  ['huge', 'Cannot find the user "huge" in the image\'s /etc/passwd'],
  ['# comment', 'Cannot find the user "# comment" in the image\'s /etc/passwd'],
  ['+', 'Cannot find the user "+" in the image\'s /etc/passwd'],
  ['-1', 'Cannot find the user "-1" in the image\'s /etc/passwd'],
  ['2147483648', 'Cannot find the user "2147483648" in the image\'s /etc/passwd'],
  ['99999999999999999999', 'Cannot find the user "99999999999999999999" in the image\'s /etc/passwd'],
  ['web:nogroup', 'Cannot find the group "nogroup" in the image\'s /etc/group'],
  ['web:broken', 'Cannot find the group "broken" in the image\'s /etc/group'],
  ['web:-1', 'Cannot find the group "-1" in the image\'s /etc/group'],
  ['web:staff:disk', 'Cannot find the group "staff:disk" in the image\'s /etc/group'],
  ['web:2147483648', 'Cannot find the group "2147483648" in the image\'s /etc/group'],
];
for (const [text, message] of unresolvable) {
  test(`resolveUser() refuses "${text}"`, () => {
    assert.throws(() => resolveUser(text, database), { name: 'FirstbornError', code: 'config', message });
  });
}

test('resolveUser() does without files: numbers are themselves, nobody is root', () => {
  const none = { passwd: undefined, group: undefined };
  assert.deepEqual(resolveUser('', none), user(0, 0, [], '/'));
  assert.deepEqual(resolveUser('5:6', none), user(5, 6, [], '/'));
  assert.throws(() => resolveUser('root', none), { code: 'config' });
  assert.throws(() => resolveUser('0:root', none), { code: 'config' });
});

test('resolveUser() names each supplementary group once', () => {
  assert.deepEqual(resolveUser('web', database).additionalGids, [50, 6]);
});

test('parsePasswd() and parseGroup() pass over lines that are no entries', () => {
  assert.deepEqual(parsePasswd('\n#x:x:1:1::/:\nx:x:1\n:x:1:1::/:\n'), []);
  assert.deepEqual(parseGroup('\n#x:x:1:\nx:x\n:x:1:\n'), []);
});

test('resolveUser() adds groups by name and number, whatever else is said of groups', () => {
  assert.deepEqual(resolveUser('web', database, ['alone', '4711', '6']).additionalGids, [50, 6, 77, 4711]);
  assert.deepEqual(resolveUser('web:staff', database, ['disk']), user(1000, 50, [6], '/srv/web'));
  assert.deepEqual(resolveUser('4711', database, ['web']), user(4711, 0, [1000], '/'));
  assert.throws(() => resolveUser('web', database, ['nogroup']), {
    code: 'config',
    message: 'Cannot find the group "nogroup" in the image\'s /etc/group',
  });
});
