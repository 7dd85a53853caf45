import { FirstbornError } from '../../protocol/errors.ts';

/** A map without Object's prototype: a variable may well be called `__proto__`. */
export type VariableMap = Map<string, string>;

/** One `K=V` or `K` as docker-run(1) has it; `K` alone is taken from our own environment, else skipped. */
export function applyVariable(variables: VariableMap, text: string, ownEnvironment: NodeJS.ProcessEnv): void {
  const equals = text.indexOf('=');
  const name = equals === -1 ? text : text.slice(0, equals);
  if (name === '') {
    throw new FirstbornError('usage', `Cannot set the variable "${text}": it has no name`);
  }
  if (text.includes('\0')) {
    throw new FirstbornError('usage', `Cannot set the variable "${name}": it contains a NUL byte`);
  }
  const value = equals === -1 ? ownEnvironment[name] : text.slice(equals + 1);
  if (value !== undefined) variables.set(name, value);
}

/**
 * Applies the text of an env file in Docker's format: `#` begins a comment line, blank lines are skipped,
 * the rest is `K=V` (the value is verbatim, quotes included) or `K`. Throws a FirstbornError of code `usage`
 * that names file and line.
 */
export function applyEnvFile(
  variables: VariableMap,
  path: string,
  content: Uint8Array,
  ownEnvironment: NodeJS.ProcessEnv,
): void {
  const lines = decodeUtf8(path, content).split('\n');
  for (const [index, untrimmed] of lines.entries()) {
    const line = untrimmed.replace(/\r$/, '').trimStart();
    if (line === '' || line.startsWith('#')) continue;
    const problem = lineProblem(line);
    if (problem !== undefined) {
      throw new FirstbornError('usage', `Cannot read ${path}:${index + 1}: ${problem}`);
    }
    applyVariable(variables, line, ownEnvironment);
  }
}

function lineProblem(line: string): string | undefined {
  const name = line.split('=', 1)[0] ?? '';
  if (name === '') return 'the variable has no name';
  if (/\s/.test(name)) return `the variable's name "${name}" contains white space`;
  return line.includes('\0') ? `the variable "${name}" contains a NUL byte` : undefined;
}

function decodeUtf8(path: string, content: Uint8Array): string {
  try {
    // Drops a byte order mark, as Docker does.
    return new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch (cause) {
    throw new FirstbornError('usage', `Cannot read "${path}": it is not UTF-8`, { cause });
  }
}
