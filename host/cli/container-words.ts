import { type CapabilityName, capabilityNames } from '../../protocol/oci/capability-names.ts';
import { type RlimitType, rlimitTypes, type SpecRlimit } from '../../protocol/oci/runtime-spec.ts';
import type { ContainerSettings } from '../launch/container-settings.ts';
import { refuseValue } from './option-values.ts';

/** Docker's words about capabilities, limits and security. All functions throw a FirstbornError of code `usage`. */

/** With or without `CAP_`, in any case. */
export function readCapability(option: string, text: string): CapabilityName | 'ALL' {
  const upper = text.toUpperCase();
  if (upper === 'ALL') return 'ALL';
  const name = capabilityNames.find((known) => known === upper || known === `CAP_${upper}`);
  if (name === undefined) throw refuseValue(option, text, 'a capability such as NET_ADMIN, or ALL');
  return name;
}

/** `nofile`, `nproc` …, as ulimit(1) and docker-run(1) call them. */
export const ulimitNames: readonly string[] = rlimitTypes.map((type) =>
  type.slice('RLIMIT_'.length).toLowerCase(),
);

function readRlimitValue(text: string): number | undefined {
  if (text === '-1' || text === 'unlimited') return -1;
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(value) ? value : undefined;
}

/** `nofile=1024`, `nofile=1024:2048`; -1 and `unlimited` are no limit. */
export function readRlimit(text: string): SpecRlimit {
  const [, name = '', softText = '', hardText = softText] =
    /^([a-z]+)=([^:]+)(?::([^:]+))?$/.exec(text) ?? [];
  const type = rlimitTypes.find((known) => known === `RLIMIT_${name.toUpperCase()}`);
  if (type === undefined) {
    throw refuseValue('ulimit', text, `TYPE=SOFT[:HARD] with one of ${ulimitNames.join(', ')}`);
  }
  return checkedRlimit(text, type, readRlimitValue(softText), readRlimitValue(hardText));
}

function checkedRlimit(
  text: string,
  type: RlimitType,
  soft: number | undefined,
  hard: number | undefined,
): SpecRlimit {
  if (soft === undefined || hard === undefined) {
    throw refuseValue('ulimit', text, 'whole numbers, or -1 for no limit');
  }
  if (hard === -1 || (soft !== -1 && soft <= hard)) return { type, soft, hard };
  throw refuseValue('ulimit', text, 'a soft limit within the hard one');
}

const truths = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
]);

type SecuritySettings = Pick<ContainerSettings, 'seccomp' | 'noNewPrivileges'>;

/**
 * Reads `--security-opt`; of two about the same thing the later one counts. A guest has no policy of AppArmor or SELinux:
 * whoever asks for one is told, and may ask for none.
 */
export function readSecurityOptions(texts: readonly string[]): SecuritySettings {
  const settings: SecuritySettings = {};
  for (const text of texts) {
    // Docker takes both signs.
    const [, name = text, value] = /^([a-z-]+)[=:](.*)$/s.exec(text) ?? [];
    if (name === 'no-new-privileges') settings.noNewPrivileges = readNoNewPrivileges(text, value);
    else if (name === 'seccomp') settings.seccomp = readSeccompWish(text, value);
    else checkPolicy(text, name, value);
  }
  return settings;
}

function readNoNewPrivileges(text: string, value: string | undefined): boolean {
  const wish = value === undefined ? true : truths.get(value);
  if (wish === undefined) throw refuseValue('security-opt', text, 'no-new-privileges=true or =false');
  return wish;
}

function readSeccompWish(text: string, value = ''): ContainerSettings['seccomp'] {
  if (value === '') {
    throw refuseValue('security-opt', text, 'seccomp=unconfined, seccomp=builtin or seccomp=FILE');
  }
  if (value === 'unconfined') return 'unconfined';
  return value === 'builtin' ? 'default' : { profilePath: value };
}

function checkPolicy(text: string, name: string, value: string | undefined): void {
  if (name === 'apparmor' && value === 'unconfined') return;
  if (name === 'label' && value === 'disable') return;
  if (name === 'apparmor') throw refuseValue('security-opt', text, 'apparmor=unconfined, guests have none');
  if (name === 'label') throw refuseValue('security-opt', text, 'label=disable, guests have no SELinux');
  throw refuseValue('security-opt', text, 'seccomp=…, no-new-privileges[=BOOL] or apparmor=unconfined');
}
