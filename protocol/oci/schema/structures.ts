import * as z from 'zod/mini';

/** Says what is wrong with a part of a value; `path` leads to it from the value. */
export type Refuse = (path: PropertyKey[], message: string) => void;
/** A rule that takes more than one property to decide. */
export type Rule<Value> = (value: Value, refuse: Refuse) => void;

function ruleCheck<Value>(rule: Rule<Value>) {
  return z.superRefine<Value>((value, context) =>
    rule(value, (path, message) => context.addIssue({ code: 'custom', path, message })),
  );
}

function without(absent: null | undefined, value: object): object {
  return Object.fromEntries(Object.entries(value).filter(([, property]) => property !== absent));
}

/** `null` is how Go's types write what is not there. */
function withoutNulls(value: unknown): unknown {
  return typeof value !== 'object' || value === null || Array.isArray(value) ? value : without(null, value);
}

/** An object of the spec: properties that are not known are passed over, as the spec wants it of a runtime. */
export function specObject<Shape extends z.core.$ZodLooseShape>(
  shape: Shape,
  ...rules: Rule<z.output<z.ZodMiniObject<Shape>>>[]
) {
  const tidy = z.overwrite<object>((value) => without(undefined, value));
  const object = z.object(shape).check(...rules.map((rule) => ruleCheck(rule)), tidy);
  // The types of a pipe can't be computed for a shape that is not known yet.
  const anyObject: z.ZodMiniType = object;
  return z.pipe(z.transform(withoutNulls), anyObject) as z.ZodMiniType as z.ZodMiniType<
    z.output<typeof object>
  >;
}

export function list<Item extends z.core.SomeType>(
  item: Item,
  maxItems: number,
  ...rules: Rule<z.output<Item>[]>[]
) {
  return z.array(item).check(z.maxLength(maxItems), ...rules.map((rule) => ruleCheck(rule)));
}

/** A map by names. */
export function map<Value extends z.core.SomeType>(
  name: z.ZodMiniType<string, string>,
  value: Value,
  maxEntries: number,
) {
  return z
    .record(name, value)
    .check(
      z.refine(
        (entries) => Object.keys(entries).length <= maxEntries,
        `expected at most ${maxEntries} entries`,
      ),
    );
}

/** A section that is only seen to be there. */
export function presence() {
  return z.object({});
}

/** The rule that no two items have the same key; `property` is where the message points. */
export function distinct<Item>(key: (item: Item) => string, property: string): Rule<Item[]> {
  return (items, refuse) => {
    const seen = new Map<string, number>();
    items.forEach((item, index) => {
      const first = seen.get(key(item));
      if (first === undefined) seen.set(key(item), index);
      else refuse([index, property], `"${key(item)}" is there already, at [${first}]`);
    });
  };
}
