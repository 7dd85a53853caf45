import type { RunnableProcess } from './runnable-spec.ts';

/** Finds the home directory of a user by the container's own passwd. */
export type FindHome = (uid: number) => string;

/**
 * The environment as programs find it under runc: of a variable that is there twice the last value counts, at the place of
 * the first, and HOME is the user's where nobody has set it. Pure but for `findHome`.
 */
export function completeEnvironment(process: RunnableProcess, findHome: FindHome): RunnableProcess {
  const variables = new Map<string, string>();
  for (const entry of process.env ?? []) {
    const equals = entry.indexOf('=');
    variables.set(entry.slice(0, equals), entry.slice(equals + 1));
  }
  if ((variables.get('HOME') ?? '') === '') variables.set('HOME', findHome(process.user.uid));
  return { ...process, env: [...variables].map(([name, value]) => `${name}=${value}`) };
}
