import { FirstbornError } from '../../protocol/errors.ts';

/** Throws a FirstbornError of code `config` that names the place of a bad value, as `linux.resources.pids.limit`. */
export function refuseValue(path: string, problem: string): never {
  throw new FirstbornError('config', `Cannot run the configuration: ${path}: ${problem}`);
}
