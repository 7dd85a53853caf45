import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { FirstbornError } from '../../protocol/errors.ts';
import { busybox, debianTar, projectRoot } from '../../test/support/test-images.ts';

const layoutsDir = join(projectRoot, 'build/bench-images');
const tag = 'latest';

/** An image in an OCI layout, as `LAYOUT:TAG`. */
export interface BenchImage {
  name: string;
  reference: string;
}

function umoci(...words: string[]): void {
  execFileSync('umoci', words, { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** Makes an OCI layout with the tar as its one layer, gzipped, which takes seconds; kept for the next time. */
function layoutOf(tarPath: string, name: string): string {
  const layout = join(layoutsDir, name);
  if (!existsSync(layout)) {
    const temporary = `${layout}.${process.pid}`;
    mkdirSync(layoutsDir, { recursive: true });
    rmSync(temporary, { recursive: true, force: true });
    umoci('init', '--layout', temporary);
    umoci('new', '--image', `${temporary}:${tag}`);
    umoci('raw', 'add-layer', '--image', `${temporary}:${tag}`, tarPath);
    renameSync(temporary, layout);
  }
  return `${layout}:${tag}`;
}

/**
 * The images of the tests: some hundred links to one program, and a Debian system. Throws a FirstbornError of code
 * `host` when they have not been made.
 */
export function benchImages(): BenchImage[] {
  if (!existsSync(debianTar)) {
    throw new FirstbornError(
      'host',
      `Cannot find the image "${debianTar}": run "test/support/prepare-images.ts" once to make it`,
    );
  }
  return [
    { name: 'busybox', reference: busybox },
    { name: 'debian', reference: layoutOf(debianTar, 'debian') },
  ];
}
