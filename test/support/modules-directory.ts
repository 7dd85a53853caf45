import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** As depmod writes it: nearest dependency first, dashes as the file has them, modules nobody wants too. */
export const modulesDep = [
  'kernel/virtio.ko:',
  'kernel/virtio_ring.ko: kernel/virtio.ko',
  'kernel/virtio_pci.ko: kernel/virtio_ring.ko kernel/virtio.ko',
  'kernel/virtio-blk.ko: kernel/virtio_ring.ko kernel/virtio.ko',
  'kernel/squashfs.ko:',
  'kernel/floppy.ko:',
  '',
].join('\n');

export const modulesAlias = [
  '# Aliases extracted from modules themselves.',
  'alias virtio:d00000002v* virtio-blk',
  'alias pci:v00001AF4d*sv*sd*bc*sc*i* virtio_pci',
  'alias fs-squashfs squashfs',
  'alias block-major-2-* floppy',
  '',
].join('\n');

/** Makes a directory as below /lib/modules, `<parent>/modules`; a module's bytes are its name. */
export function makeModulesDirectory(parent: string): string {
  const directory = join(parent, 'modules');
  mkdirSync(join(directory, 'kernel'), { recursive: true });
  writeFileSync(join(directory, 'modules.dep'), modulesDep);
  writeFileSync(join(directory, 'modules.alias'), modulesAlias);
  for (const name of ['virtio', 'virtio_ring', 'virtio_pci', 'virtio-blk', 'squashfs']) {
    writeFileSync(join(directory, 'kernel', `${name}.ko`), `bytes of ${name}.ko`);
  }
  return directory;
}
