import { refuseValue } from '../refuse-value.ts';
import type { CgroupFile } from './cgroup-file.ts';

/** `CONTROLLER.PARAMETER`: no slash and no dot at either end, so a name can't leave the cgroup's directory. */
const namePattern = /^[a-z][a-z0-9_]*(\.[A-Za-z0-9_]+)+$/;
const maxNameLength = 255;
/** The kernel takes a page in one write. */
const maxValueBytes = 4096;
/** Of the files that every cgroup has those that set limits; the others move, freeze and kill processes. */
const plainCgroupFiles = ['cgroup.max.depth', 'cgroup.max.descendants'];

function checkName(name: string, path: string): void {
  if (name.length > maxNameLength || !namePattern.test(name)) {
    refuseValue(path, 'expected the name of a cgroup file, as "memory.high"');
  }
  if (name.startsWith('cgroup.') && !plainCgroupFiles.includes(name)) {
    refuseValue(path, 'expected the file of a controller, not one that manages the cgroup itself');
  }
}

function checkValue(value: string, path: string): void {
  const lengthBytes = Buffer.byteLength(value);
  if (lengthBytes > maxValueBytes) {
    refuseValue(path, `expected at most ${maxValueBytes} bytes, got ${lengthBytes}`);
  }
  if (value.includes('\0')) refuseValue(path, 'expected no NUL character');
}

/** `linux.resources.unified`: files of cgroup2 by name, with what is to be written. Pure. */
export function unifiedFiles(unified: Record<string, string>): CgroupFile[] {
  return Object.entries(unified).map(([name, value]) => {
    const path = `linux.resources.unified[${JSON.stringify(name)}]`;
    checkName(name, path);
    checkValue(value, path);
    return { name, value };
  });
}
