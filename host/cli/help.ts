import type { Command } from './command.ts';
import type { OptionSpec } from './option-parser.ts';
import { helpSpec } from './option-specs.ts';

/** What every command that takes an image says of it. */
export const imagesText = `IMAGE is an OCI layout directory, an OCI archive, an archive of docker save, a root filesystem
directory or its tar. DIR:TAG or DIR@DIGEST chooses from a layout with several images.`;

/** The text of `firstborn help`. Pure. */
export function mainHelp(commands: readonly Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  const lines = commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}\n`);
  return `Firstborn runs OCI images as microVMs.

Usage: firstborn COMMAND [options] [words]

Commands:
${lines.join('')}
See 'firstborn COMMAND --help'. 'firstborn --version' shows the version.

Environment: FIRSTBORN_STATE_DIR (/var/lib/firstborn) holds machines and caches; FIRSTBORN_BUILD_DIR
(build/ beside the program) holds the guest's kernel and initramfs.
`;
}

/** The text of `firstborn COMMAND --help`. Pure. */
export function commandHelp({ name, synopsis, description, specs, notes }: Command): string {
  const parts = [
    `Usage: firstborn ${name} ${synopsis}\n`,
    `${description}\n`,
    `Options:\n${optionLines([...specs, helpSpec])}`,
    ...(notes === undefined ? [] : [`${notes}\n`]),
  ];
  return parts.join('\n');
}

function optionLines(specs: readonly OptionSpec[]): string {
  const flags = specs.map(({ name, short, value }) => {
    const long = value === undefined ? `--${name}` : `--${name} ${value}`;
    return short === undefined ? `    ${long}` : `-${short}, ${long}`;
  });
  const width = Math.max(...flags.map((flag) => flag.length));
  return specs.map(({ help }, index) => `  ${(flags[index] ?? '').padEnd(width)}  ${help}\n`).join('');
}
