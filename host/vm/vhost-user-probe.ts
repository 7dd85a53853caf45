import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { CommandLine } from './machine-description.ts';

const probeDeadlineMs = 10_000;
const pollIntervalMs = 10;
const maxErrorCharacters = 4096;

/** VHOST_USER_GET_FEATURES, version 1, no payload (QEMU's docs/interop/vhost-user.rst): three u32. */
const getFeatures = Buffer.from([1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]);

export type ServiceVerdict = { works: true } | { works: false; reason: string };

/** Resolves when the daemon has answered, rejects when it goes or the time is over. */
function ask(socketPath: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(socketPath);
    const leave = (): void => void socket.destroy(new Error('the probe is over'));
    signal.addEventListener('abort', leave, { once: true });
    socket.once('connect', () => socket.write(getFeatures));
    socket.once('data', () => {
      resolve();
      socket.destroy();
    });
    socket.once('error', reject);
    socket.once('close', () => {
      signal.removeEventListener('abort', leave);
      reject(new Error('the connection was closed'));
    });
  });
}

/** A daemon makes its socket before it listens there, so a refusal says no more than that it is not ready. */
async function askOnceReady(socketPath: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    try {
      await ask(socketPath, signal);
      return;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ENOENT' && code !== 'ECONNREFUSED') throw error;
      await delay(pollIntervalMs, undefined, { signal });
    }
  }
}

/** What a daemon says last is why it ends; a time stamp and the like before it do not matter. */
function lastWords(errors: string): string {
  return errors.trim().split('\n').at(-1)?.trim() ?? '';
}

/**
 * Starts a vhost-user daemon and asks for its features: one that answers has set up its sandbox. Takes at most ten
 * seconds; the daemon is gone when it returns, its socket may be left. Never throws.
 */
export async function probeVhostUser(command: CommandLine, socketPath: string): Promise<ServiceVerdict> {
  const over = new AbortController();
  const child = spawn(command.program, command.args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    // Its own process group: a Ctrl-C in the terminal is ours to handle.
    detached: true,
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-maxErrorCharacters);
  });
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', () => resolve(lastWords(errors) || 'it ended without a word'));
  });
  const timer = setTimeout(() => over.abort(), probeDeadlineMs);
  const answered = askOnceReady(socketPath, over.signal);
  // Whoever connects is dropped a moment before the daemon has ended, and only its end says why.
  const outcome = await Promise.race([
    answered.then((): ServiceVerdict => ({ works: true })).catch(() => undefined),
    ended.then((reason): ServiceVerdict => ({ works: false, reason })),
  ]);
  if (outcome === undefined && !over.signal.aborted) await Promise.race([ended, delay(1000)]);
  clearTimeout(timer);
  over.abort();
  child.kill('SIGKILL');
  const reason = await ended;
  return outcome ?? { works: false, reason };
}
