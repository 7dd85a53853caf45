import { statfs } from 'node:fs/promises';
import { pathOfFd } from './descriptor-calls.ts';

/** File systems whose files are the kernel's own words: linux/magic.h. */
const kernelTreeTypes = new Set([
  0x9fa0, // proc
  0x6265_6572, // sysfs
  0x6367_7270, // cgroup2
  0x27_e0eb, // cgroup
  0x6462_6720, // debugfs
  0x7472_6163, // tracefs
  0x7363_6673, // securityfs
  0xcafe_4a11, // bpf
  0x6165_676c, // pstore
  0xde5e_81e4, // efivarfs
  0x6265_6570, // configfs
  0x4249_4e4d, // binfmt_misc
  0x6573_5543, // fusectl
  0x1980_0202, // mqueue
  0x1cd1, // devpts
]);

/** Whether a directory belongs to procfs, sysfs or the like. `fd` may be O_PATH. */
export async function isKernelTree(fd: number): Promise<boolean> {
  const { type } = await statfs(pathOfFd(fd));
  return kernelTreeTypes.has(type >>> 0);
}
