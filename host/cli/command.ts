import type { Firstborn } from '../client/index.ts';
import type { Architecture } from '../vm/machine-description.ts';
import type { CommandWords, OptionSpec } from './option-parser.ts';
import type { Reporter } from './reporter.ts';

/** What a command gets to know beside its words. */
export interface CommandContext {
  architecture: Architecture;
  environment: NodeJS.ProcessEnv;
  firstborn: Firstborn;
  reporter: Reporter;
}

/** One command: everything that the dispatch and the help know of it. */
export interface Command {
  /** One word, or two as in `images build`. */
  name: string;
  /** One line for the list of commands. */
  summary: string;
  /** What follows the name: `[options] NAME`. */
  synopsis: string;
  /** Paragraphs between synopsis and options, without a last line feed. */
  description: string;
  /** Paragraphs behind the options. */
  notes?: string;
  /** `--help` is added to them. */
  specs: readonly OptionSpec[];
  /** Options end at the first operand; the words behind it are somebody else's. */
  stopAtOperand: boolean;
  /** Returns the exit code. Throws FirstbornErrors; those of code `usage` point to the help. */
  run(words: CommandWords, context: CommandContext): Promise<number>;
}
