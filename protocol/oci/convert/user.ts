import { FirstbornError } from '../../errors.ts';

/** Who a process runs as. */
export interface ResolvedUser {
  uid: number;
  gid: number;
  additionalGids: number[];
  /** Home directory from passwd, `/` without an entry. */
  home: string;
}

/** The texts of the image's /etc/passwd and /etc/group; `undefined` when the image has none. */
export interface UserDatabase {
  passwd: string | undefined;
  group: string | undefined;
}

/** As libcontainer: ids are those of a signed 32-bit integer. */
const maxId = 0x7fffffff;

interface PasswdEntry {
  name: string;
  uid: number;
  gid: number;
  home: string;
}

interface GroupEntry {
  name: string;
  gid: number;
  members: string[];
}

const parseId = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,10}$/.test(text) && Number(text) <= maxId ? Number(text) : undefined;

/** passwd(5). Lines that are not entries are passed over, as libc does. */
export function parsePasswd(text: string): PasswdEntry[] {
  return text.split('\n').flatMap((line) => {
    const [name, , uidText, gidText, , home] = line.trim().split(':');
    const uid = parseId(uidText);
    const gid = parseId(gidText);
    if (name === undefined || name === '' || name.startsWith('#') || uid === undefined || gid === undefined)
      return [];
    return [{ name, uid, gid, home: home ?? '' }];
  });
}

/** group(5). */
export function parseGroup(text: string): GroupEntry[] {
  return text.split('\n').flatMap((line) => {
    const [name, , gidText, members] = line.trim().split(':');
    const gid = parseId(gidText);
    if (name === undefined || name === '' || name.startsWith('#') || gid === undefined) return [];
    return [{ name, gid, members: (members ?? '').split(',').filter(Boolean) }];
  });
}

function findUser(users: PasswdEntry[], wanted: string): { uid: number; entry: PasswdEntry | undefined } {
  const uid = parseId(wanted);
  const entry = users.find((user) => (uid === undefined ? user.name === wanted : user.uid === uid));
  if (uid !== undefined) return { uid, entry };
  if (entry === undefined)
    throw new FirstbornError('config', `Cannot find the user "${wanted}" in the image's /etc/passwd`);
  return { uid: entry.uid, entry };
}

function findGroup(groups: GroupEntry[], wanted: string): number {
  const gid = parseId(wanted) ?? groups.find((group) => group.name === wanted)?.gid;
  if (gid === undefined)
    throw new FirstbornError('config', `Cannot find the group "${wanted}" in the image's /etc/group`);
  return gid;
}

/**
 * Resolves an image's `User`: `""`, `user`, `uid`, `user:group`, `uid:gid` and the mixtures. A number without
 * an entry is fine (gid 0, home /), a name without one is an error; an explicit group drops the
 * supplementary groups; the first matching line wins. `groupAdd`, groups by name or number, come behind the
 * supplementary ones in any case. Pure. Throws a FirstbornError of code `config`.
 */
export function resolveUser(
  user: string,
  database: UserDatabase,
  groupAdd: readonly string[] = [],
): ResolvedUser {
  const colon = user.indexOf(':');
  const userPart = colon === -1 ? user : user.slice(0, colon);
  const groupPart = colon === -1 ? '' : user.slice(colon + 1);
  const groups = parseGroup(database.group ?? '');
  const { uid, entry } = findUser(parsePasswd(database.passwd ?? ''), userPart === '' ? '0' : userPart);
  const home = entry?.home === undefined || entry.home === '' ? '/' : entry.home;
  const added = groupAdd.map((group) => findGroup(groups, group));
  const own =
    entry === undefined || groupPart !== ''
      ? []
      : groups.filter((group) => group.members.includes(entry.name)).map((group) => group.gid);
  const gid = groupPart === '' ? (entry?.gid ?? 0) : findGroup(groups, groupPart);
  return { uid, gid, additionalGids: [...new Set([...own, ...added])], home };
}
