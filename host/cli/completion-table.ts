import type { Command } from './command.ts';
import { type Offer, offerForOperand, offerForValue } from './completion-values.ts';
import { helpSpec } from './option-specs.ts';

export interface CompletedOption {
  /** `--name`, `-n`. */
  flags: readonly string[];
  help: string;
  /** Of its value; `undefined` for an option without one. */
  offer: Offer | undefined;
}

/** A command as the shells' scripts need it. */
export interface CompletedCommand {
  name: string;
  summary: string;
  options: readonly CompletedOption[];
  operand: Offer;
  /** Words behind the first operand are those of another command. */
  stopAtOperand: boolean;
}

/** What there is to complete. Pure. */
export function completionTable(commands: readonly Command[]): CompletedCommand[] {
  return commands.map(({ name, summary, synopsis, specs, stopAtOperand }) => ({
    name,
    summary,
    stopAtOperand,
    operand: offerForOperand(name, synopsis),
    options: [...specs, helpSpec].map((spec) => ({
      flags: [`--${spec.name}`, ...(spec.short === undefined ? [] : [`-${spec.short}`])],
      help: spec.help,
      offer: spec.value === undefined ? undefined : offerForValue(name, spec),
    })),
  }));
}

/** The flags of a command that take a value, by what is offered for it. */
export function valueFlags({ options }: CompletedCommand): { flags: readonly string[]; offer: Offer }[] {
  return options.flatMap(({ flags, offer }) => (offer === undefined ? [] : [{ flags, offer }]));
}

/** The first words of the commands: `images build` is reached by way of `images`. */
export function firstWords(table: readonly CompletedCommand[]): string[] {
  return [...new Set([...table.map(({ name }) => name.split(' ')[0] ?? name), 'help'])];
}

/** A word in single quotes, as every shell reads it. */
export function shellQuote(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
