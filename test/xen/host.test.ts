/** Machines of the command line as domains of a real Xen: its toolstack starts, watches and ends them. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { keepLogsOnFailure } from './support/bench.ts';
import { DomainByHand } from './support/domain-by-hand.ts';
import { type CliResult, XenFirstborn } from './support/xen-firstborn.ts';
import { busybox } from '../support/test-images.ts';

function expectCode(result: CliResult, code: number): void {
  assert.equal(result.code, code, `exit ${result.code}\nstdout: ${result.stdout}\nstderr: ${result.stderr}`);
}

describe('firstborn with --vmm xen', () => {
  keepLogsOnFailure();
  let firstborn: XenFirstborn;
  before(async () => {
    firstborn = await XenFirstborn.open();
  });

  const succeed = async (...words: string[]): Promise<string> => {
    const result = await firstborn.cli(...words);
    expectCode(result, 0);
    return result.stdout;
  };
  const domains = async (): Promise<string> => (await firstborn.host.run(['xl', 'list'])).output;

  test('leaves a PVH guest running, which commands reach until xl shuts it down', async () => {
    const script = 'trap "echo stopped; exit 7" TERM; echo begun; sleep 100000 & wait $!';
    const network = ['--network', 'bridge=xenbr0', '--ip', '10.9.0.4/24', '--gateway', '10.9.0.1'];
    expectCode(await firstborn.run('-d', '--name', 'web', ...network, busybox, 'sh', '-c', script), 0);
    const machine = await firstborn.library.machine('web');
    const { record, status } = await machine.info();
    const domain = `firstborn-${record.id}`;
    assert.equal(await succeed('exec', 'web', 'cat', '/sys/hypervisor/guest_type'), 'PVH\n');
    assert.match(await succeed('exec', 'web', 'ping', '-c', '1', '10.9.0.1'), / 0% packet loss/);
    assert.match(await domains(), new RegExp(`^${domain} `, 'm'));

    // The domain and its output outlive the monitor.
    process.kill(status.monitor?.pid ?? 0, 'SIGKILL');
    await succeed('start', 'web');
    assert.equal(await succeed('exec', 'web', 'echo', 'still there'), 'still there\n');

    await firstborn.host.run(['xl', 'shutdown', domain]);
    assert.equal(await succeed('wait', 'web'), '7\n');
    assert.equal(await succeed('logs', 'web'), 'begun\nstopped\n');
    assert.match(await firstborn.console('web'), /"msg":"the machine is to end"/);
    assert.doesNotMatch(await domains(), new RegExp(`^${domain} `, 'm'));
    assert.equal((await firstborn.host.run(['xenstore-exists', `/local/domain/0/backend/console`])).code, 1);
    await succeed('rm', 'web');
  });

  test('runs a PV guest in the foreground until it is told to stop, and has its output and exit code', async () => {
    const script =
      'trap "echo stopped; exit 7" TERM; echo begun; cat /sys/hypervisor/guest_type; sleep 100000 & wait $!';
    const running = firstborn.run('--xen-type', 'pv', '--name', 'fore', busybox, 'sh', '-c', script);
    const over = new AbortController();
    void running.finally(() => over.abort());
    // A process 1 that has not set its trap yet does not hear the signal.
    await firstborn.said('fore', 'PV\n', over.signal);
    await succeed('stop', 'fore');
    const result = await running;
    expectCode(result, 7);
    assert.equal(result.stdout, 'begun\nPV\nstopped\n');
    assert.doesNotMatch(await domains(), /^firstborn-/m);
  });

  test('tells of a PV guest that crashed, behind its output, with its last words', async () => {
    const script = 'cat /sys/hypervisor/guest_type; read line; echo c > /proc/sysrq-trigger; sleep 100000';
    const words = ['--xen-type', 'pv', '--privileged', '-d', '-i', '--name', 'crash'];
    expectCode(await firstborn.run(...words, busybox, 'sh', '-c', script), 0);
    const machine = await firstborn.library.machine('crash');
    const attachment = await machine.attach({ stdin: true, replay: true, wait: true });
    for await (const bytes of attachment.stdout) {
      assert.equal(String(bytes), 'PV\n');
      break;
    }
    const { stdin } = await machine.attach({ stdin: true, replay: false, wait: false });
    stdin?.end('now\n');
    const exit = await machine.wait();
    assert.deepEqual(exit, { code: 125, reason: 'failed', message: "Guest crashed (Xen's reason code 3)" });
    assert.match(await firstborn.console('crash'), /Kernel panic - not syncing: sysrq triggered crash/);
    assert.doesNotMatch(await domains(), /^firstborn-/m);
    await machine.remove();
  });

  test('builds what xl runs by hand, with socat between its channel and one host after another', async () => {
    const directory = join(firstborn.directory, 'by-hand');
    const script = 'trap "echo stopped; exit 7" TERM; echo begun; sleep 100000 & wait $!';
    const words = ['--xen-type', 'pv', '-o', directory, busybox, '--', 'sh', '-c', script];
    expectCode(await firstborn.build(...words), 0);
    const { host, consoleProgram } = firstborn;
    await using domain = await DomainByHand.create(host, {
      directory,
      name: 'firstborn-by-hand',
      consoleProgram,
    });
    const connected = domain.connect();
    await domain.unpause();
    await connected;
    await domain.until('the workload', () => domain.output === 'begun\n');
    assert.equal(await domain.shell('cat /sys/hypervisor/guest_type'), 'PV');

    await domain.connect();
    assert.equal(await domain.shell('echo again'), 'again');
    await domain.request('shutdown', {});
    assert.equal((await domain.event('exit')).code, 7);
    await domain.ended;
    assert.equal(domain.output, 'begun\nstopped\n');
  });
});
