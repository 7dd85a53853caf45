/** `dom0-program.ts PORT PROGRAM WORDS…` is a program of the control domain, here: its streams, signals and exit code. */
import { constants } from 'node:os';
import { finished } from 'node:stream/promises';
import { Dom0Session } from './dom0-session.ts';

const [port, ...words] = process.argv.slice(2);
const session = new Dom0Session(Number(port), words);
process.stdin.pipe(session.stdin);
process.stdin.on('error', () => session.stdin.end());
session.stdout.pipe(process.stdout);
session.stderr.pipe(process.stderr);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => session.kill(constants.signals[signal]));
}
try {
  const code = await session.exited;
  await Promise.all([finished(session.stdout), finished(session.stderr)]);
  process.exit(code);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exit(125);
}
