import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { addonPath } from './native.ts';

/** How a process ended, and what it wrote. */
export interface InterceptedEnd {
  status: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/**
 * Compiles `intercept_syscalls.cc` into `directory` and gives a function that runs a script in a Node of its
 * own behind it, with the addon as `native`. `fail` is that file's INTERCEPT_FAIL.
 */
export function interceptedNode(directory: string): (script: string, fail?: string) => InterceptedEnd {
  const library = join(directory, 'intercept.so');
  const source = join(import.meta.dirname, 'intercept_syscalls.cc');
  execFileSync('g++', ['-std=c++23', '-shared', '-fPIC', '-Wall', '-Wextra', source, '-o', library]);
  return (script, fail) => {
    const whole = `
      const module = { exports: {} };
      process.dlopen(module, ${JSON.stringify(addonPath)});
      const native = module.exports;
      const report = (call) => {
        try { call(); console.log('done'); } catch (error) { console.log(error.message); }
      };
      ${script}`;
    const env = { LD_PRELOAD: library, ...(fail === undefined ? {} : { INTERCEPT_FAIL: fail }) };
    const { status, signal, stdout, stderr } = spawnSync(process.execPath, ['-e', whole], {
      env,
      encoding: 'utf8',
    });
    return { status, signal, stdout, stderr };
  };
}
