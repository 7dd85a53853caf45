import type { OptionSpec } from './option-parser.ts';
import { buildSpecs, runSpecs } from './option-specs.ts';

const images = `IMAGE is an OCI layout directory, an OCI archive, an archive of docker save, a root filesystem
directory or its tar. DIR:TAG or DIR@DIGEST chooses from a layout with several images.`;

export const mainHelp = `Firstborn runs OCI images as microVMs.

Usage:
  firstborn run [options] IMAGE [COMMAND ARG...]    boot a machine and run a command in it
  firstborn build [options] IMAGE -o DIR            leave disks and initramfs for another launcher
  firstborn help [COMMAND]                          show help
  firstborn --version                               show the version

See 'firstborn run --help' and 'firstborn build --help'.
`;

const runHead = `Usage: firstborn run [options] IMAGE [COMMAND ARG...]

Boots IMAGE in a virtual machine of its own and runs its entrypoint, or COMMAND, there. Options end
at IMAGE.

${images}
`;

const runTail = `Ctrl-C and SIGTERM stop the workload in order; a second one kills it, a third one ends the machine.
When the reader of stdout goes away, the workload's output is thrown away and the run goes on.

Exit code: the workload's own; 128+n when signal n ended it, or ended the run before the workload
was there; 127 command not found; 126 not executable; 124 time out; 125 Firstborn itself failed.

Environment: FIRSTBORN_STATE_DIR (/var/lib/firstborn) holds machines and caches; FIRSTBORN_BUILD_DIR
(build/ beside the program) holds the guest's kernel and initramfs.
`;

const buildHead = `Usage: firstborn build [options] IMAGE -o DIR [-- COMMAND ARG...]

Leaves in DIR what any launcher needs to boot IMAGE: the root disk, the config disk, the initramfs,
the kernel, and machine.json, which says how they belong together.

${images}
`;

function optionLines(specs: readonly OptionSpec[]): string {
  const flags = specs.map(({ name, short, value }) => {
    const long = value === undefined ? `--${name}` : `--${name} ${value}`;
    return short === undefined ? `    ${long}` : `-${short}, ${long}`;
  });
  const width = Math.max(...flags.map((flag) => flag.length));
  return specs.map(({ help }, index) => `  ${(flags[index] ?? '').padEnd(width)}  ${help}\n`).join('');
}

/** The text of `firstborn run --help`. */
export function runHelp(): string {
  return `${runHead}\nOptions:\n${optionLines(runSpecs)}\n${runTail}`;
}

/** The text of `firstborn build --help`. */
export function buildHelp(): string {
  return `${buildHead}\nOptions:\n${optionLines(buildSpecs)}`;
}
