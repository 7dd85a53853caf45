import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it as declare, type TestContext } from 'node:test';
import { Firstborn } from '../../../../host/client/index.ts';
import { processesEnded } from '../../../../host/client/process-end.ts';
import { killProcess } from '../../../../host/machine/liveness.ts';
import { fakeInstallation } from '../client/fake-installation.ts';
import { runCli, startCli } from './cli-process.ts';

const it = (name: string, run: (context: TestContext) => Promise<void>): void => {
  void declare(name, { timeout: 60_000 }, run);
};

const tcg = ['--accel', 'tcg'];
const sleeper = { workloads: [['sleep']] };

describe('firstborn run', () => {
  it("has the workload's output and exit code, and leaves nothing", async (context) => {
    const host = fakeInstallation(context, { workloads: [['both', 'out\n', 'err\n', '7']] });
    const result = await runCli(context, host, ['run', ...tcg, host.image]);
    assert.deepEqual(result, { code: 7, signal: null, stdout: 'out\n', stderr: 'err\n' });
    assert.deepEqual(host.machineIds(), []);
  });

  it('passes stdin on with -i, and its end', async (context) => {
    const host = fakeInstallation(context, { workloads: [['cat']], stdin: true });
    const { code, stdout } = await runCli(
      context,
      host,
      ['run', '-i', ...tcg, host.image],
      Buffer.from('abc'),
    );
    assert.deepEqual([code, stdout], [0, 'abc']);
  });

  it('says why a workload did not start', async (context) => {
    const host = fakeInstallation(context, { workloads: [['nothing']] });
    for (const words of [['run'], ['run', '-d', '--rm']]) {
      const { code, stdout, stderr } = await runCli(context, host, [...words, ...tcg, host.image]);
      assert.deepEqual([code, stdout, stderr], [127, '', 'firstborn: Cannot find "nothing"\n']);
    }
    assert.deepEqual(host.machineIds(), []);
  });

  it('says what the virtual machine said when that does not start', async (context) => {
    const host = fakeInstallation(context, { workloads: [], manner: 'broken' });
    const { code, stderr } = await runCli(context, host, ['run', ...tcg, host.image]);
    assert.equal(code, 125);
    assert.match(stderr, /could not open disk image/);
    assert.deepEqual(host.machineIds(), []);
  });

  it('keeps the machine with --keep, and says where', async (context) => {
    const host = fakeInstallation(context, { workloads: [['exit', '3']] });
    const { code, stderr } = await runCli(context, host, [
      'run',
      '--keep',
      '--name',
      'web',
      ...tcg,
      host.image,
    ]);
    const [id = ''] = host.machineIds();
    const directory = join(host.stateDir, 'machines', id);
    assert.deepEqual([code, stderr], [3, `firstborn: machine "web" kept in ${directory}\n`]);
    const machine = await new Firstborn({ environment: host.environment }).machine('web');
    assert.equal((await machine.info()).status.exit?.code, 3);
  });

  it('stops the workload at the first SIGINT', async (context) => {
    const host = fakeInstallation(context, { workloads: [['lines', '1000000', '1']] });
    const { child, finished, printed } = startCli(context, host, ['run', ...tcg, host.image]);
    await printed('line 3\n');
    child.kill('SIGINT');
    const { code, stderr } = await finished;
    assert.deepEqual([code, stderr], [143, '']);
    assert.deepEqual(host.machineIds(), []);
  });

  it('ends a machine that boots and never speaks', async (context) => {
    const host = fakeInstallation(context, { workloads: [], manner: 'deaf' });
    const { code, stderr } = await runCli(context, host, ['run', '--timeout', '1.5', ...tcg, host.image]);
    assert.deepEqual([code, stderr], [124, '']);
    assert.deepEqual(host.machineIds(), []);
  });

  it('stops the workload at the time limit', async (context) => {
    const host = fakeInstallation(context, sleeper);
    const { code } = await runCli(context, host, ['run', '--timeout', '3', ...tcg, host.image]);
    assert.equal(code, 124);
    assert.deepEqual(host.machineIds(), []);
  });

  it('leaves a machine that runs and removes itself when it is killed', async (context) => {
    const host = fakeInstallation(context, { workloads: [['lines', '1000000', '1']] });
    const { child, finished, printed } = startCli(context, host, [
      'run',
      '--name',
      'web',
      ...tcg,
      host.image,
    ]);
    await printed('line 1\n');
    child.kill('SIGKILL');
    assert.equal((await finished).signal, 'SIGKILL');
    const machine = await new Firstborn({ environment: host.environment }).machine('web');
    const { state, status } = await machine.info();
    assert.equal(state, 'running');
    await machine.stop();
    await processesEnded(status.monitor === null ? [] : [status.monitor]);
    assert.deepEqual(host.machineIds(), []);
  });

  it('says so when the monitor is lost, and leaves the machine alone', async (context) => {
    const host = fakeInstallation(context, { workloads: [['lines', '1000000', '1']] });
    const { finished, printed } = startCli(context, host, ['run', '--name', 'web', ...tcg, host.image]);
    await printed('line 1\n');
    const machine = await new Firstborn({ environment: host.environment }).machine('web');
    const { monitor } = (await machine.info()).status;
    if (monitor !== null) killProcess(monitor);
    const { code, stderr } = await finished;
    assert.equal(code, 125);
    assert.match(
      stderr,
      /^firstborn: Cannot reach machine "web": its monitor is dead; starting it puts a new one/,
    );
    assert.equal((await machine.info()).state, 'lost');
    await machine.remove({ force: true });
  });

  it('prints the id with -d once the workload runs, and leaves it running', async (context) => {
    const host = fakeInstallation(context, sleeper);
    const { code, stdout, stderr } = await runCli(context, host, [
      'run',
      '-d',
      '--name',
      'web',
      ...tcg,
      host.image,
    ]);
    const [id] = host.machineIds();
    assert.deepEqual([code, stdout, stderr], [0, `${id}\n`, '']);
    const machine = await new Firstborn({ environment: host.environment }).machine('web');
    assert.equal((await machine.info()).state, 'running');
    const again = await runCli(context, host, ['run', '--name', 'web', ...tcg, host.image]);
    assert.equal(again.code, 125);
    assert.match(again.stderr, /the name is taken by machine/);
  });

  it('writes the console log to a file, and what failed with the last of it', async (context) => {
    const host = fakeInstallation(context, { workloads: [], fault: 'no disk' });
    const path = join(host.stateDir, '../console.txt');
    const { code, stderr } = await runCli(context, host, ['run', '--console', path, ...tcg, host.image]);
    assert.deepEqual([code, readFileSync(path, 'utf8')], [125, '']);
    assert.match(stderr, /^firstborn: Guest failed at "root": no disk\n/);
  });

  it('cannot write the console log to what is no file', async (context) => {
    const host = fakeInstallation(context, sleeper);
    const { code, stderr } = await runCli(context, host, ['run', '--console', '/', ...tcg, host.image]);
    assert.equal(code, 125);
    assert.match(stderr, /^firstborn: Cannot write the console log to "\/"/);
    assert.deepEqual(host.machineIds(), []);
  });

  it('refuses a terminal that is none', async (context) => {
    const host = fakeInstallation(context, sleeper);
    const { code, stderr } = await runCli(context, host, ['run', '-it', ...tcg, host.image]);
    assert.equal(code, 125);
    assert.match(stderr, /the input device is not a terminal/);
  });
});

describe('firstborn exec, attach, start and restart', () => {
  it('exec has output, input and exit code of its process', async (context) => {
    const host = fakeInstallation(context, sleeper);
    await runCli(context, host, ['run', '-d', '--name', 'web', ...tcg, host.image]);
    const both = await runCli(context, host, ['exec', 'web', 'both', 'out', 'err', '9']);
    assert.deepEqual(both, { code: 9, signal: null, stdout: 'out', stderr: 'err' });
    const cat = await runCli(context, host, ['exec', '-i', 'web', 'cat'], Buffer.from('typed'));
    assert.deepEqual([cat.code, cat.stdout], [0, 'typed']);
    const detached = await runCli(context, host, ['exec', '-d', 'web', 'sleep']);
    assert.deepEqual(detached, { code: 0, signal: null, stdout: '', stderr: '' });
    const missing = await runCli(context, host, ['exec', 'web', 'nothing']);
    assert.deepEqual(missing.stderr, 'firstborn: Cannot execute "nothing"\n');
  });

  for (const words of [
    ['exec', 'web'],
    ['attach', 'web'],
  ]) {
    it(`${words[0]} ends when the reader of its output has gone`, async (context) => {
      const host = fakeInstallation(context, { workloads: [['lines', '1000000', '1']] });
      await runCli(context, host, ['run', '-d', '--name', 'web', ...tcg, host.image]);
      const program = words[0] === 'exec' ? ['lines', '1000000', '1'] : [];
      const { child, finished, printed } = startCli(context, host, [...words, ...program]);
      await printed('line 3\n');
      child.stdout?.destroy();
      assert.equal((await finished).code, 141);
      const ends = await runCli(context, host, [
        'events',
        '--since',
        '1h',
        '--until',
        '0s',
        '-f',
        'event=exec-exit',
      ]);
      assert.equal(ends.stdout.includes('code=141'), words[0] === 'exec');
    });
  }

  it('exec passes signals on', async (context) => {
    const host = fakeInstallation(context, sleeper);
    await runCli(context, host, ['run', '-d', '--name', 'web', ...tcg, host.image]);
    const { child, finished, printed } = startCli(context, host, ['exec', 'web', 'lines', '1000000', '1']);
    await printed('line 1\n');
    child.kill('SIGTERM');
    assert.equal((await finished).code, 143);
  });

  it('attach shows what was, passes signals on and has the exit code', async (context) => {
    const host = fakeInstallation(context, { workloads: [['lines', '1000000', '5']] });
    await runCli(context, host, ['run', '-d', '--name', 'web', ...tcg, host.image]);
    const { child, finished, printed } = startCli(context, host, ['attach', 'web']);
    await printed('line 1\n');
    child.kill('SIGTERM');
    assert.equal((await finished).code, 143);
    const { code, stderr } = await runCli(context, host, ['attach', 'web']);
    assert.deepEqual([code, stderr], [125, 'firstborn: Cannot attach to machine "web": it is exited\n']);
  });

  it('start boots again, and with -a joins', async (context) => {
    const host = fakeInstallation(context, {
      workloads: [['print', 'one'], ['print', 'two', '4'], ['sleep']],
    });
    await runCli(context, host, ['run', '-d', '--name', 'web', ...tcg, host.image]);
    const attached = await runCli(context, host, ['start', '-a', 'web']);
    assert.deepEqual([attached.code, attached.stdout], [4, 'two']);
    const started = await runCli(context, host, ['start', 'web', 'nobody']);
    assert.deepEqual(started, {
      code: 125,
      signal: null,
      stdout: 'web\n',
      stderr: 'firstborn: Cannot find a machine "nobody"\n',
    });
    const restarted = await runCli(context, host, ['restart', 'web']);
    assert.deepEqual([restarted.code, restarted.stdout, restarted.stderr], [0, 'web\n', '']);
  });
});
