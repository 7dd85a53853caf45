import { FirstbornError } from '../../protocol/errors.ts';
import type { CommandWords } from './option-parser.ts';

/** One operand and nothing else. `what` is what the help calls it. Throws a FirstbornError of code `usage`. */
export function readOnlyOperand({ operands, rest }: CommandWords, what: string): string {
  const [operand, extra] = [...operands, ...rest];
  if (operand === undefined || operand === '') {
    throw new FirstbornError('usage', `Cannot do that without a ${what}`);
  }
  if (extra !== undefined)
    throw new FirstbornError('usage', `Cannot take the word "${extra}" behind ${what}`);
  return operand;
}

/** One operand or more. Throws a FirstbornError of code `usage`. */
export function readOperands({ operands, rest }: CommandWords, what: string): string[] {
  const all = [...operands, ...rest];
  if (all.length === 0) throw new FirstbornError('usage', `Cannot do that without a ${what}`);
  return all;
}
