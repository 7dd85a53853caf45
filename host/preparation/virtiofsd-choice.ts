import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { VirtiofsdChoice } from '../launch/share-driver.ts';
import { probeVhostUser } from '../vm/vhost-user-probe.ts';
import { findVirtiofsd, virtiofsdCommand, type VirtiofsdSandbox } from '../vm/virtiofsd.ts';

/** The stricter one first. Whoever may not make namespaces, in a container say, may still change the root. */
const sandboxes: readonly VirtiofsdSandbox[] = ['namespace', 'chroot'];

/**
 * Finds a virtiofsd and the strictest sandbox that it manages to set up here, by trying. `workDir` takes what the
 * trial needs and is left as it was. Never throws for a daemon that does not work.
 */
export async function chooseVirtiofsd(workDir: string, searchPath?: string): Promise<VirtiofsdChoice> {
  const search = await findVirtiofsd(searchPath);
  if (search.state === 'missing') return search;
  const reasons: string[] = [];
  for (const sandbox of sandboxes) {
    const directory = await mkdtemp(join(workDir, 'v'));
    try {
      const socketPath = join(directory, 's');
      const command = virtiofsdCommand(search.program, { sandbox, socketPath, directory, readonly: false });
      const verdict = await probeVhostUser(command, socketPath);
      if (verdict.works) return { state: 'works', program: search.program, sandbox };
      reasons.push(`with sandbox=${sandbox} it says "${verdict.reason}"`);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }
  const rootHint = process.getuid?.() === 0 ? '' : ', and it needs root';
  return {
    state: 'missing',
    reason: `"${search.program.path}" does not serve here: ${reasons.join(', ')}${rootHint}`,
  };
}
