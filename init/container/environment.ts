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
}

function split(entry: string): [name: string, value: string] {
  const equals = entry.indexOf('=');
  return equals === -1 ? [entry, ''] : [entry.slice(0, equals), entry.slice(equals + 1)];
}

/**
 * The environment of a container's process (KR 8): the image's, then the launch config's, then the marker,
 * each overriding the one before in place; defaults, PATH, HOSTNAME and HOME only where nobody set them. Pure.
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
  ];
  for (const [name, value] of Object.entries(sources.launch)) variables.set(name, value);
  for (const [name, value] of Object.entries(marker)) variables.set(name, value);
  for (const [name, value] of defaults) if (!variables.has(name)) variables.set(name, value);
  return [...variables].map(([name, value]) => `${name}=${value}`);
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
