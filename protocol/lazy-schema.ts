import * as z from 'zod/mini';

/** Reads a value by another schema inside a transform, whose issues its own become. */
export function readBy<Schema extends z.ZodMiniType>(
  schema: Schema,
  value: unknown,
  context: z.core.ParsePayload,
): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  context.issues.push(...(result.error.issues as z.core.$ZodRawIssue[]));
  return z.NEVER;
}

/**
 * A schema that is built when there is first something for it to read. For parts of a config that most machines do
 * without: making a schema takes longer than using it. (`z.lazy` is built as soon as it is asked whether it may be
 * absent.)
 */
export function lazySchema<Schema extends z.ZodMiniType>(
  build: () => Schema,
): z.ZodMiniType<z.output<Schema>, z.input<Schema>> {
  let schema: Schema | undefined;
  const read = z.transform((value: unknown, context: z.core.ParsePayload): z.output<Schema> => {
    schema ??= build();
    return readBy(schema, value, context);
  });
  return z.pipe(z.unknown(), read) as unknown as z.ZodMiniType<z.output<Schema>, z.input<Schema>>;
}
