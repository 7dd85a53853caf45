import type { CommandLine } from './machine-description.ts';

/**
 * Arguments: the directory, an empty directory to show it at, then the program and its words. The mounts are those
 * of a namespace that ends with the program. mountinfo writes blanks and the like as `\040`, printf reads `\0040`.
 */
const script = `set -eu
mount --rbind -- "$1" "$2"
while read -r _ _ _ _ point _; do
  point=$(printf '%b' "$(printf '%s' "$point" | sed 's/\\\\/\\\\0/g')")
  case $point in "$2" | "$2"/*) mount -o remount,bind,ro -- "$point" ;; esac
done </proc/self/mountinfo
shift 2
exec "$@"`;

/**
 * Runs a program that sees `directory`, with all that is mounted in it, read-only at `viewPath`: for one that can't be
 * told not to write. Whatever a guest makes it do, the kernel refuses. Needs unshare(1), mount(8) and root. The
 * program has the pid of the command. Pure.
 */
export function withReadOnlyView(
  unsharePath: string,
  { directory, viewPath }: { directory: string; viewPath: string },
  command: CommandLine,
): CommandLine {
  return {
    program: unsharePath,
    args: [
      ['--mount', '--propagation', 'private', '--'],
      ['/bin/sh', '-c', script, 'sh', directory, viewPath],
      [command.program, ...command.args],
    ].flat(),
  };
}
