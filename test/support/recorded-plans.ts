import type { TestContext } from 'node:test';
import { Plan } from '../../addon/plan.ts';
import { planLines } from './plan-text.ts';

/** Remembers every plan whose bytes are taken from now on. Gives what turns such bytes into lines to compare. */
export function recordPlans(context: TestContext): (bytes: Uint8Array | undefined) => string[] {
  const plans = new WeakMap<Uint8Array, Plan>();
  const encode: (this: Plan) => Uint8Array = Reflect.get(Plan.prototype, 'bytes');
  context.mock.method(Plan.prototype, 'bytes', function bytes(this: Plan) {
    const encoded = encode.call(this);
    plans.set(encoded, this);
    return encoded;
  });
  return (bytes) => {
    const plan = bytes === undefined ? undefined : plans.get(bytes);
    if (plan === undefined) throw new RangeError('Cannot find the plan of these bytes');
    return planLines(plan);
  };
}
