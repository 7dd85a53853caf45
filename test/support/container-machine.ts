import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type FakeChildren, openFakeChildren } from './fake-children.ts';
import { moveFiles } from './moved-files.ts';
import { recordPlans } from './recorded-plans.ts';
import { scratchDirectory } from './scratch-directory.ts';

/** A guest with what containers are started on: cgroups, an image, places of init's own. */
export interface ContainerMachine extends FakeChildren {
  /** Where the guest's files are for the test. */
  files: string;
  /** The lines of a plan by its bytes. */
  linesOf: (plan: Uint8Array) => string[];
  /** The lines of the plan of the last process that was spawned. */
  spawned: () => string[];
  /** The lines of all plans so far, in one list. */
  operations: () => string[];
  /** Makes the cgroup of a container as its plan would, and leads there. */
  makeCgroup: (id: string) => string;
}

const moved = ['/sys/fs/cgroup', '/config', '/image', '/newroot', '/run/firstborn'];

/** Opens a guest whose paths are in a scratch directory. */
export function openContainerMachine(context: TestContext): ContainerMachine {
  const guest = openFakeChildren(context);
  const files = scratchDirectory(context);
  for (const path of ['sys/fs/cgroup', 'image/etc', 'newroot', 'run/firstborn'])
    mkdirSync(join(files, path), { recursive: true });
  writeFileSync(join(files, 'sys/fs/cgroup/cgroup.controllers'), 'cpu memory pids\n');
  writeFileSync(join(files, 'image/etc/passwd'), 'root:x:0:0::/root:/bin/sh\n');
  moveFiles(context, files, moved);
  const linesOf = recordPlans(context);
  const spawnedPlans: Uint8Array[] = [];
  const { native } = guest;
  const spawn = native.spawn.bind(native);
  context.mock.method(native, 'spawn', (...words: Parameters<typeof spawn>) => {
    spawnedPlans.push(words[0]);
    return spawn(...words);
  });
  return Object.assign(guest, {
    files,
    linesOf,
    spawned: () => linesOf(spawnedPlans.at(-1)),
    operations: () => native.plans.flatMap(linesOf),
    makeCgroup: (id: string) => {
      const path = join(files, 'sys/fs/cgroup/containers', id);
      for (const name of ['main', 'exec']) mkdirSync(join(path, name), { recursive: true });
      return path;
    },
  });
}
