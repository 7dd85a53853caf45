import { FirstbornError } from '../../errors.ts';

/** As many as a parsed file's bad values. */
const maxReasons = 8;

/** What is found in a configuration, by the path of the value. */
export class Findings {
  readonly #refusals: string[] = [];
  readonly warnings: string[] = [];

  /** The container can't be what this value says. */
  refuse(path: string, reason: string): void {
    this.#refusals.push(`${path}: ${reason}`);
  }

  /** The container runs, and this value has no effect. */
  warn(path: string, reason: string): void {
    this.warnings.push(`${path}: ${reason}`);
  }

  /** Throws a FirstbornError of code `config` when something was refused. */
  conclude(what: string): string[] {
    if (this.#refusals.length > 0) {
      throw new FirstbornError(
        'config',
        `Cannot run ${what}: ${this.#refusals.slice(0, maxReasons).join('; ')}`,
      );
    }
    return this.warnings;
  }
}

/** Whether a value says something: `0`, `false` and what is not there don't. */
export function isSet(value: unknown): boolean {
  return value !== undefined && value !== 0 && value !== false;
}
