import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { parseModulesDep } from '../../../image/kernel/modules.ts';
import { projectRoot } from '../../support/test-images.ts';
import { benchPaths } from './bench-paths.ts';

/** A module that no device asks for and the initramfs does not have: it makes an interface `dummy0`. */
export const addedModule = 'dummy';

/** Makes an addons disk as hosts do: modules of the guest's kernel, with their index. And a program beside them. */
export function makeAddonsDisk(directory: string): string {
  const source = join(projectRoot, 'build/kernel/modules');
  const tree = join(directory, 'addons/modules');
  const line = parseModulesDep(readFileSync(join(source, 'modules.dep'), 'utf8')).get(addedModule);
  if (line === undefined) throw new Error(`Cannot find the module "${addedModule}" of the guests' kernel`);
  mkdirSync(join(tree, dirname(line.path)), { recursive: true });
  cpSync(join(source, line.path), join(tree, line.path));
  writeFileSync(join(tree, 'modules.dep'), `${line.path}:\n`);
  cpSync(benchPaths.offloads, join(tree, 'offloads'));
  const disk = join(directory, 'addons.squashfs');
  execFileSync('mksquashfs', [join(directory, 'addons'), disk, '-quiet', '-no-progress', '-all-root'], {
    stdio: 'ignore',
  });
  return disk;
}
