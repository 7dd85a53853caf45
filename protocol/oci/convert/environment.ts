/** Where programs are looked for when nobody says (Docker's default for Linux). */
export const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** By this variable software tells that it runs in a container (systemd's "container interface"). */
const marker = { container: 'firstborn' };

export interface EnvironmentSources {
  /** The image's `Env`, entries of NAME=value; one without `=` has the empty value. */
  image: readonly string[];
  /** From launch.json, laid over the image's. */
  launch: Readonly<Record<string, string>>;
  /** From launch.json, for where neither sets one. */
  launchDefaults: Readonly<Record<string, string>>;
  hostname: string;
  home: string;
  hasTerminal: boolean;
}

/** What a terminal of unknown make can do (Docker's choice). */
const defaultTerminalType: [string, string] = ['TERM', 'xterm'];

function split(entry: string): [name: string, value: string] {
  const equals = entry.indexOf('=');
  return equals === -1 ? [entry, ''] : [entry.slice(0, equals), entry.slice(equals + 1)];
}

function format(variables: ReadonlyMap<string, string>): string[] {
  return [...variables].map(([name, value]) => `${name}=${value}`);
}

/**
 * The environment of a container's process (KR 8): the image's, then the launch config's, then the marker,
 * each overriding the one before in place; defaults, PATH, HOSTNAME, HOME and a terminal's TERM only where nobody
 * set them. Pure.
 */
export function composeEnvironment(sources: EnvironmentSources): string[] {
  const variables = new Map<string, string>();
  for (const entry of sources.image) {
    const [name, value] = split(entry);
    if (name !== '') variables.set(name, value);
  }
  const defaults: [string, string][] = [
    ...Object.entries(sources.launchDefaults),
    ['PATH', defaultPath],
    ['HOSTNAME', sources.hostname],
    ['HOME', sources.home],
    ...(sources.hasTerminal ? [defaultTerminalType] : []),
  ];
  for (const [name, value] of Object.entries(sources.launch)) variables.set(name, value);
  for (const [name, value] of Object.entries(marker)) variables.set(name, value);
  for (const [name, value] of defaults) if (!variables.has(name)) variables.set(name, value);
  return format(variables);
}

/** Lays variables over an environment, in place; a terminal's TERM only where nobody set it. Pure. */
export function overlayEnvironment(
  environment: readonly string[],
  over: Readonly<Record<string, string>>,
  hasTerminal: boolean,
): string[] {
  const variables = new Map([...environment.map(split), ...Object.entries(over)]);
  const [name, value] = defaultTerminalType;
  if (hasTerminal && !variables.has(name)) variables.set(name, value);
  return format(variables);
}

/** The last value of a variable in a list of NAME=value. */
export function environmentValue(environment: readonly string[], name: string): string | undefined {
  const entry = environment.findLast((one) => one.startsWith(`${name}=`));
  return entry?.slice(name.length + 1);
}

/**
 * The files that a command may mean, in the order in which execvp(3) tries them: itself when it has a slash,
 * else below each directory of PATH; an empty entry is the working directory. An empty command is no file.
 */
export function executableCandidates(command: string, path: string): string[] {
  if (command === '' || command.includes('/')) return [command];
  return path.split(':').map((directory) => `${directory === '' ? '.' : directory}/${command}`);
}
