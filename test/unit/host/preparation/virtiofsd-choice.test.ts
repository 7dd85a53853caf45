import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { chooseVirtiofsd } from '../../../../host/preparation/virtiofsd-choice.ts';
import { scratchDirectory } from '../../../support/scratch-directory.ts';

const serveSocket =
  `const { argv } = process; const path = argv[argv.indexOf('--socket-path') + 1]; ` +
  `require('node:net').createServer((peer) => peer.on('data', () => peer.write('features'))).listen(path)`;

/** A virtiofsd that lives as `script` says when it is not asked for help. */
function install(context: TestContext, script: string): { bin: string; workDir: string } {
  const directory = scratchDirectory(context);
  const [bin, workDir] = [join(directory, 'bin'), join(directory, 'work')];
  for (const path of [bin, workDir]) mkdirSync(path);
  const path = join(bin, 'virtiofsd');
  writeFileSync(path, `#!/bin/sh\nif [ "$1" = --help ]; then echo --shared-dir; exit 0; fi\n${script}\n`);
  chmodSync(path, 0o755);
  return { bin, workDir };
}

const refuseNamespaces = 'case "$*" in *namespace*) echo "no namespaces" >&2; exit 1 ;; esac';

test('chooseVirtiofsd() takes the strictest sandbox that the daemon manages to set up', async (context) => {
  const serve = `exec "${process.execPath}" -e "${serveSocket}" -- "$@"`;
  const { bin, workDir } = install(context, `${refuseNamespaces}\n${serve}`);
  const choice = await chooseVirtiofsd(workDir, bin);
  assert.equal(choice.state === 'works' && choice.sandbox, 'chroot');
  assert.deepEqual(readdirSync(workDir), []);
});

test('chooseVirtiofsd() says what the daemon said to each sandbox', async (context) => {
  const { bin, workDir } = install(context, `${refuseNamespaces}\necho "no chroot" >&2; exit 1`);
  const choice = await chooseVirtiofsd(workDir, bin);
  assert.match(
    choice.state === 'missing' ? choice.reason : '',
    /does not serve here: with sandbox=namespace it says "no namespaces", with sandbox=chroot it says "no chroot"/,
  );
  assert.deepEqual(readdirSync(workDir), []);
});
