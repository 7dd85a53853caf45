import { join, resolve } from 'node:path';

/** Where Firstborn keeps its machines and what it can use again. */
export interface StateDirectory {
  root: string;
  /** One directory per machine, by its id. */
  machinesDir: string;
  /** One file per name that is taken; it holds the machine's id. */
  namesDir: string;
  /** Root disks of images. */
  imageCacheDir: string;
  /** Initramfs archives, one per kernel. */
  initramfsCacheDir: string;
  /** What probes of KVM found out. */
  acceleratorMemoryPath: string;
}

/** The state directory: `FIRSTBORN_STATE_DIR`, else /var/lib/firstborn. Pure; creates nothing. */
export function stateDirectory(environment: NodeJS.ProcessEnv = process.env): StateDirectory {
  const root = resolve(environment['FIRSTBORN_STATE_DIR'] || '/var/lib/firstborn');
  const cache = join(root, 'cache');
  return {
    root,
    machinesDir: join(root, 'machines'),
    namesDir: join(root, 'names'),
    imageCacheDir: join(cache, 'images'),
    initramfsCacheDir: join(cache, 'initramfs'),
    acceleratorMemoryPath: join(cache, 'accelerator.json'),
  };
}
