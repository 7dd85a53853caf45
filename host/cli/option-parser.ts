import { FirstbornError } from '../../protocol/errors.ts';

/** One option of a command, for the parser and for the help. */
export interface OptionSpec {
  /** Without the dashes. */
  name: string;
  /** One letter. */
  short?: string;
  /** What the help calls its value; an option without this takes none. */
  value?: string;
  help: string;
}

export interface ParsedWords {
  /** Every value of every option in order; an option without value counts as `''`. */
  given: { name: string; value: string }[];
  /** Words that are no options. */
  operands: string[];
  /** Words after the first operand (`stopAtOperand`) or after `--`. */
  rest: string[];
}

/** A command's words as it gets them. */
export interface CommandWords {
  options: GivenOptions;
  operands: string[];
  rest: string[];
}

export interface ParserOptions {
  /** Options end at the first operand, which is the only one; everything after it is `rest`. */
  stopAtOperand: boolean;
}

/**
 * Splits a command's words into options and the rest, as docker(1) and getopt_long(3) do: `--name value`,
 * `--name=value`, `-n value`, `-nvalue`, `-ab`. Pure. Throws a FirstbornError of code `usage`.
 */
export function parseWords(
  words: readonly string[],
  specs: readonly OptionSpec[],
  { stopAtOperand }: ParserOptions,
): ParsedWords {
  const reader = new WordReader(words, specs);
  const parsed: ParsedWords = { given: reader.given, operands: [], rest: [] };
  for (let word = reader.next(); word !== undefined; word = reader.next()) {
    if (word === '--') {
      const following = reader.remaining();
      if (stopAtOperand) parsed.operands.push(...following.splice(0, 1));
      parsed.rest.push(...following);
    } else if (word.startsWith('--')) {
      reader.readLong(word);
    } else if (word.startsWith('-') && word !== '-') {
      reader.readCluster(word);
    } else {
      parsed.operands.push(word);
      if (stopAtOperand) parsed.rest.push(...reader.remaining());
    }
  }
  return parsed;
}

/** Splits a command's words, with its options to be asked by name. Throws as `parseWords` does. */
export function readCommandWords(
  words: readonly string[],
  specs: readonly OptionSpec[],
  options: ParserOptions,
): CommandWords {
  const { given, operands, rest } = parseWords(words, specs, options);
  return { options: new GivenOptions(given), operands, rest };
}

class WordReader {
  readonly given: { name: string; value: string }[] = [];
  readonly #words: string[];
  readonly #specs: readonly OptionSpec[];

  constructor(words: readonly string[], specs: readonly OptionSpec[]) {
    this.#words = [...words];
    this.#specs = specs;
  }

  next(): string | undefined {
    return this.#words.shift();
  }

  remaining(): string[] {
    return this.#words.splice(0);
  }

  readLong(word: string): void {
    const equals = word.indexOf('=');
    const flag = equals === -1 ? word : word.slice(0, equals);
    const spec = this.#specs.find(({ name }) => flag === `--${name}`);
    if (spec === undefined) throw usageError(`Unknown option "${flag}"`);
    if (spec.value === undefined && equals !== -1) throw usageError(`Option "${flag}" takes no value`);
    this.#add(spec, flag, equals === -1 ? undefined : word.slice(equals + 1));
  }

  /** `-i`, `-e K=V`, `-eK=V`, `-ie K=V`. */
  readCluster(word: string): void {
    for (let index = 1; index < word.length; index += 1) {
      const flag = `-${word[index]}`;
      const spec = this.#specs.find(({ short }) => short !== undefined && flag === `-${short}`);
      if (spec === undefined) throw usageError(`Unknown option "${flag}"`);
      const attached = word.slice(index + 1);
      this.#add(spec, flag, spec.value === undefined || attached === '' ? undefined : attached);
      if (spec.value !== undefined) return;
    }
  }

  #add(spec: OptionSpec, flag: string, attached: string | undefined): void {
    if (spec.value === undefined) {
      this.given.push({ name: spec.name, value: '' });
      return;
    }
    const value = attached ?? this.next();
    if (value === undefined) throw usageError(`Option "${flag}" needs a value: ${spec.value}`);
    this.given.push({ name: spec.name, value });
  }
}

function usageError(message: string): FirstbornError {
  return new FirstbornError('usage', message);
}

/** The options of one command line, to be asked by name. Of a repeated one the last counts, or all do. */
export class GivenOptions {
  readonly #given: ParsedWords['given'];

  constructor(given: ParsedWords['given']) {
    this.#given = given;
  }

  has(name: string): boolean {
    return this.#given.some((option) => option.name === name);
  }

  last(name: string): string | undefined {
    return this.#given.findLast((option) => option.name === name)?.value;
  }

  all(name: string): string[] {
    return this.#given.filter((option) => option.name === name).map((option) => option.value);
  }

  /** Which of several options that exclude each other came last. */
  lastOf(names: readonly string[]): string | undefined {
    return this.#given.findLast((option) => names.includes(option.name))?.name;
  }
}
