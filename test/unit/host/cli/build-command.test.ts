import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it as declare, type TestContext } from 'node:test';
import { fakeInstallation } from '../client/fake-installation.ts';
import { runCli } from './cli-process.ts';

const it = (name: string, run: (context: TestContext) => Promise<void>): void => {
  void declare(name, { timeout: 60_000 }, run);
};

describe('firstborn build --vmm xen', () => {
  it('leaves and prints a configuration for xl that names the files beside it', async (context) => {
    const host = fakeInstallation(context, { workloads: [] });
    const outDir = join(host.stateDir, '../web');
    const network = ['--network', 'bridge=xenbr0', '--ip', '10.9.0.7/24'];
    const words = ['build', '--vmm', 'xen', '--xen-type', 'pv', ...network, '-q', host.image, '-o', outDir];
    const { code, stdout, stderr } = await runCli(context, host, words);
    assert.deepEqual([code, stderr], [0, '']);
    const config = readFileSync(join(outDir, 'domain.cfg'), 'utf8');
    const [list, printed] = stdout.split('\n\n');
    assert.equal(printed, config);
    assert.match(config, /^name = "firstborn-web"\ntype = "pv"\n/);
    assert.match(config, /^vif = \[ "bridge=xenbr0" \]$/m);
    const named = [...config.matchAll(/(?:kernel|ramdisk) = "([^"]+)"|target=([^"]+)"/g)];
    const paths = named.map(([, file, disk]) => file ?? disk ?? '');
    assert.equal(paths.length, 4);
    for (const path of paths) assert.ok(existsSync(path) && list?.includes(path), path);
  });
});
