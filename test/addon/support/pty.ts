import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** A pseudo-terminal that lives until `close`. */
export interface Pty {
  /** The terminal's path, `/dev/pts/N`. */
  path: string;
  close(): Promise<void>;
}

/**
 * Opens a pseudo-terminal through a helper that is compiled into `directory`. Uses node:child_process, so the
 * calling file must not count on being the only one that reaps.
 */
export async function openPty(directory: string): Promise<Pty> {
  const helper = join(directory, 'open-pty');
  execFileSync('g++', [join(import.meta.dirname, 'open_pty.cc'), '-o', helper]);
  const child = spawn(helper, { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return {
    path: line.toString().trim(),
    close: async () => {
      child.stdin.end();
      await once(child, 'exit');
    },
  };
}
