import * as z from 'zod/mini';
import en from 'zod/v4/locales/en.js';
import { type ErrorCode, FirstbornError } from './errors.ts';

z.config(en());

/** Writes an issue's path as people write it: `network.addresses[0]`. */
function formatPath(path: readonly PropertyKey[]): string {
  let text = '';
  for (const key of path) {
    if (typeof key === 'number') text += `[${key}]`;
    else text += text === '' ? String(key) : `.${String(key)}`;
  }
  return text;
}

function formatIssue(issue: z.core.$ZodIssue): string {
  // An unknown key belongs into the path: that is the place somebody has to look at.
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => `${formatPath([...issue.path, key])}: unknown key`).join('; ');
  }
  const path = formatPath(issue.path);
  // A key that is refused carries the reason one level down.
  const message = (issue.code === 'invalid_key' && issue.issues[0]?.message) || issue.message;
  return path === '' ? message : `${path}: ${message}`;
}

/** Every issue with its path, the first eight. */
export function describeIssues(issues: readonly z.core.$ZodIssue[]): string {
  return issues.slice(0, 8).map(formatIssue).join('; ');
}

/**
 * Checks `value` against `schema`. `what` names the thing for the message, e.g. `launch.json`. Throws a
 * FirstbornError that lists every bad value with its path (the first eight).
 */
export function parseWith<Schema extends z.ZodMiniType>(
  schema: Schema,
  value: unknown,
  what: string,
  code: ErrorCode = 'config',
): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new FirstbornError(code, `Cannot accept ${what}: ${describeIssues(result.error.issues)}`);
}

/** Parses JSON text. Throws a FirstbornError that names `what`. */
export function parseJson(text: string, what: string, code: ErrorCode = 'config'): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new FirstbornError(code, `Cannot parse ${what} as JSON`, { cause });
  }
}

/** Parses JSON text, then checks it with `parseWith`. */
export function parseJsonWith<Schema extends z.ZodMiniType>(
  schema: Schema,
  text: string,
  what: string,
  code: ErrorCode = 'config',
): z.output<Schema> {
  return parseWith(schema, parseJson(text, what, code), what, code);
}
