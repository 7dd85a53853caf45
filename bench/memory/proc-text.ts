/** `VmRSS:     1234 kB`, of /proc/meminfo or a process's status (proc(5)), in bytes. Pure. */
export function kernelBytes(text: string, name: string): number | undefined {
  const kibibytes = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1];
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
}

/** What a machine has printed between a title and `end`, each on a line of its own. Pure. */
export function printedFile(text: string, title: string): string | undefined {
  const start = text.indexOf(`\n${title}\n`);
  if (start === -1) return undefined;
  const body = text.slice(start + title.length + 2);
  const end = body.indexOf('end\n');
  return end === -1 ? undefined : body.slice(0, end);
}

/** Memory of a process of its own: what no file could give back. */
export function ownBytes(status: string): number | undefined {
  const anonymous = kernelBytes(status, 'RssAnon');
  return anonymous === undefined ? undefined : anonymous + (kernelBytes(status, 'VmSwap') ?? 0);
}
