import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readlinkSync } from 'node:fs';
import { describe, it } from 'node:test';
import { addonPath } from './support/native.ts';

/** How a process ended that was PID 1 of a pid namespace of its own, and what it wrote. */
interface Ending {
  code: number | null;
  signal: NodeJS.Signals | null;
  output: string;
}

const ownNamespace = readlinkSync('/proc/self/ns/pid');

/**
 * Runs `script` in Node as PID 1 of a new pid namespace. There, reboot(2) does not touch the machine: it kills
 * the namespace and tells the parent by SIGINT (power off, halt) or SIGHUP (restart), see pid_namespaces(7).
 */
async function runAsInit(script: string): Promise<Ending> {
  const guarded = `
    const { readlinkSync } = require('node:fs');
    // This must never run in the machine's own namespace.
    if (process.pid !== 1 || readlinkSync('/proc/self/ns/pid') === ${JSON.stringify(ownNamespace)}) process.exit(99);
    const module = { exports: {} };
    process.dlopen(module, ${JSON.stringify(addonPath)});
    const native = module.exports;
    ${script}`;
  const child = spawn('unshare', ['--pid', '--fork', '--mount-proc', process.execPath, '-e', guarded], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { code, signal, output };
}

describe('installLastResort()', () => {
  // process.kill would be a signal from inside, which PID 1 only gets because it has a handler now.
  for (const name of ['SIGSEGV', 'SIGBUS', 'SIGILL', 'SIGFPE', 'SIGTRAP', 'SIGSYS']) {
    it(`powers off at ${name} and says so`, async () => {
      const ending = await runAsInit(`native.installLastResort(1); process.kill(1, '${name}');`);
      const output = `\r\nfirstborn: init died of ${name}, powering off\r\n`;
      assert.deepEqual(ending, { code: null, signal: 'SIGINT', output });
    });
  }

  it('powers off at abort(), which is how V8 ends when memory runs out', async () => {
    const ending = await runAsInit('native.installLastResort(1); process.abort();');
    assert.equal(ending.signal, 'SIGINT');
    assert.match(ending.output, /init died of SIGABRT, powering off/);
  });

  it('powers off though nobody reads the console', async () => {
    const ending = await runAsInit(`
      const { readFd, writeFd } = native.makePipe();
      native.setNonblocking(writeFd, true);
      while (native.writeSome(writeFd, Buffer.alloc(65536)) > 0);
      native.setNonblocking(writeFd, false);
      native.installLastResort(writeFd);
      process.abort();`);
    assert.equal(ending.signal, 'SIGINT');
  });

  it('powers off though its descriptor was closed afterwards', async () => {
    const ending = await runAsInit(`
      const { readFd, writeFd } = native.makePipe();
      native.installLastResort(writeFd);
      require('node:fs').closeSync(writeFd);
      process.abort();`);
    assert.equal(ending.signal, 'SIGINT');
  });

  it('can be moved to another console', async () => {
    const ending = await runAsInit(`
      const { writeFd } = native.makePipe();
      native.installLastResort(writeFd);
      native.installLastResort(1);
      process.abort();`);
    assert.match(ending.output, /init died of SIGABRT/);
  });

  it('does not reach spawned programs', async () => {
    const ending = await runAsInit(`
      native.installLastResort(1);
      const script = 'kill -SEGV $$';
      const child = require('node:child_process').spawnSync('/bin/sh', ['-c', script]);
      console.log(child.signal);`);
    assert.deepEqual([ending.code, ending.output], [0, 'SIGSEGV\n']);
  });
});

describe('disableControlAltDelete()', () => {
  it('reports a pid namespace that has no such key', async () => {
    const ending = await runAsInit(`
      try { native.disableControlAltDelete(); } catch (error) { console.log(error.syscall, error.code); }`);
    assert.deepEqual(ending, { code: 0, signal: null, output: 'reboot EINVAL\n' });
  });
});

describe('reboot()', () => {
  const signals = { poweroff: 'SIGINT', halt: 'SIGINT', restart: 'SIGHUP' } as const;
  for (const [how, signal] of Object.entries(signals)) {
    it(`ends the namespace by ${signal} for "${how}"`, async () => {
      const ending = await runAsInit(`native.reboot('${how}');`);
      assert.deepEqual(ending, { code: null, signal, output: '' });
    });
  }

  it('throws without the capability', async () => {
    const ending = await runAsInit(`
      process.setuid(65534);
      try { native.reboot('poweroff'); } catch (error) { console.log(error.syscall, error.code); }`);
    assert.deepEqual(ending, { code: 0, signal: null, output: 'reboot EPERM\n' });
  });
});
