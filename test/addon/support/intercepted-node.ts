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
 * own behind it, with the addon as `native`. `fail` is that file's INTERCEPT_FAIL; `variables` are more of its
 * environment.
 */
export function interceptedNode(
  directory: string,
): (script: string, fail?: string, variables?: Record<string, string>) => InterceptedEnd {
  const library = join(directory, 'intercept.so');
  const sources = ['intercept_syscalls.cc', 'fake_device_mapper.cc'].map((name) =>
    join(import.meta.dirname, name),
  );
  execFileSync('g++', ['-std=c++23', '-shared', '-fPIC', '-Wall', '-Wextra', ...sources, '-o', library]);
  return (script, fail, variables = {}) => {
    const whole = `
      const module = { exports: {} };
      process.dlopen(module, ${JSON.stringify(addonPath)});
      const native = module.exports;
      const report = (call) => {
        try { call(); console.log('done'); } catch (error) { console.log(error.message); }
      };
      ${script}`;
    const env = {
      ...variables,
      LD_PRELOAD: library,
      ...(fail === undefined ? {} : { INTERCEPT_FAIL: fail }),
    };
    const { status, signal, stdout, stderr } = spawnSync(process.execPath, ['-e', whole], {
      env,
      encoding: 'utf8',
    });
    return { status, signal, stdout, stderr };
  };
}
