import * as z from 'zod/mini';
import { maxHooks, maxHookTimeoutSeconds, maxWords } from './bounds.ts';
import { environment } from './process-schema.ts';
import { absolutePath, text, wholeNumber } from './scalars.ts';
import { list, specObject } from './structures.ts';

export function hooks() {
  const stage = z.optional(
    list(
      specObject({
        path: absolutePath(),
        args: z.optional(list(text(), maxWords)),
        env: z.optional(environment()),
        timeout: z.optional(wholeNumber(1, maxHookTimeoutSeconds)),
      }),
      maxHooks,
    ),
  );
  return specObject({
    prestart: stage,
    createRuntime: stage,
    createContainer: stage,
    startContainer: stage,
    poststart: stage,
    poststop: stage,
  });
}
