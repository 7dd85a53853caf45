import * as z from 'zod/mini';

/** Where the initramfs keeps the manifest of its kernel modules. Absent when the kernel needs none. */
export const moduleManifestPath = 'lib/firstborn/modules.json';

/** One kernel module in the initramfs. */
const KernelModule = z.strictObject({
  /** With underscores, as /proc/modules has it. */
  name: z.string(),
  /** Absolute path in the initramfs. */
  path: z.string().check(z.startsWith('/')),
  /** Names of modules that must be loaded before this one, in the order in which they must be. */
  dependencies: z.array(z.string()),
  /** Patterns (`*`, `?`, `[…]`) of the devices it drives, as in modules.alias; none for a filesystem. */
  aliases: z.array(z.string()),
});
export type KernelModule = z.infer<typeof KernelModule>;

/** What the host packed for the kernel it chose. The guest loads of it what the machine has. */
export const ModuleManifest = z.strictObject({
  release: z.string(),
  modules: z.array(KernelModule),
});
export type ModuleManifest = z.infer<typeof ModuleManifest>;
