import { join } from 'node:path';
import { projectRoot } from '../../support/test-images.ts';

const xenDir = join(projectRoot, 'build/xen');

/** What scripts/xen/fetch.sh unpacks, and build-bench.ts makes of it. */
export const benchPaths = {
  /** The hypervisor, not compressed. */
  xen: join(xenDir, 'xen'),
  /** Files of the packages, at their own paths. */
  packages: join(xenDir, 'root'),
  /** The control domain's kernel as Debian has it, its modules, and the ELF file out of it. */
  kernel: join(xenDir, 'vmlinuz'),
  modules: join(xenDir, 'modules'),
  vmlinux: join(xenDir, 'vmlinux'),
  agent: join(xenDir, 'agent'),
  /** A program for guests. */
  offloads: join(xenDir, 'offloads'),
  /** What serves the second console of a guest, in the control domain. */
  consoleBackend: join(projectRoot, 'build/firstborn-xen-console'),
  initramfs: join(xenDir, 'dom0.cpio'),
  /** Debian's cloud kernel, on which guests run, as an ELF file: Xen would have to unpack it at every start. */
  guestVmlinux: join(xenDir, 'guest-vmlinux'),
} as const;
