/** One line of /proc/PID/mountinfo (proc(5)), as far as init looks at it. */
export interface MountLine {
  /** `major:minor` of the filesystem. */
  device: string;
  mountPoint: string;
  type: string;
  source: string;
  /** Options of the filesystem itself; the mount may be read-only all the same. */
  superOptions: string[];
}

/** The kernel writes blanks, tabs, line ends and backslashes as three octal digits. */
function unescape(word: string): string {
  return word.replaceAll(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}

/** Reads the lines in their order: what is mounted on something comes after it. Leaves out what it can't read. */
export function parseMountinfo(text: string): MountLine[] {
  return text.split('\n').flatMap((line) => {
    // A variable number of optional fields ends with a dash.
    const [before = '', after = ''] = line.split(' - ', 2);
    const [, , device, , mountPoint] = before.split(' ');
    const [type, source, superOptions] = after.split(' ');
    if (device === undefined || mountPoint === undefined || superOptions === undefined) return [];
    return [
      {
        device,
        mountPoint: unescape(mountPoint),
        type: type ?? '',
        source: unescape(source ?? ''),
        superOptions: superOptions.split(','),
      },
    ];
  });
}
