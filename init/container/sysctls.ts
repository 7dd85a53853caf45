import type { Plan } from '../../addon/plan.ts';

/** Where a kernel parameter is written: both spellings of sysctl(8), with dots and with slashes. Pure. */
export function sysctlPath(name: string): string {
  return `/proc/sys/${name.replaceAll('.', '/')}`;
}

/** Sets kernel parameters, by init's /proc: the container's may be read-only, or not be there at all. */
export function writeSysctls(plan: Plan, sysctls: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(sysctls)) plan.writeFile(sysctlPath(name), value);
}
