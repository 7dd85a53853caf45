import { normalize } from 'node:path/posix';
import type { RuntimeSpec, SpecMount } from '../runtime-spec.ts';
import type { Findings } from './findings.ts';

function checkMount(
  { destination, type, source, options = [] }: SpecMount,
  at: string,
  findings: Findings,
): void {
  const isBind = type === 'bind' || options.includes('bind') || options.includes('rbind');
  if (normalize(destination) === '/')
    findings.refuse(`${at}.destination`, 'expected a path below "/": the root is what "root" says');
  if (isBind && source === undefined)
    findings.refuse(`${at}.source`, 'expected the path that is to be bound');
  if (!isBind && type === undefined && !options.includes('remount'))
    findings.refuse(`${at}.type`, 'expected a filesystem, or the option "bind" or "rbind"');
}

function checkIdMapping(
  { options = [], uidMappings, gidMappings }: SpecMount,
  at: string,
  findings: Findings,
): void {
  const reason = 'mounts with mapped ids are not supported';
  options.forEach((option, index) => {
    if (/^r?idmap(=|$)/.test(option)) findings.refuse(`${at}.options[${index}]`, reason);
    if (option === 'loop')
      findings.refuse(`${at}.options[${index}]`, 'loop devices are not supported: give the file as a disk');
  });
  if ((uidMappings ?? []).length > 0) findings.refuse(`${at}.uidMappings`, reason);
  if ((gidMappings ?? []).length > 0) findings.refuse(`${at}.gidMappings`, reason);
}

export function checkMounts({ mounts = [] }: RuntimeSpec, findings: Findings): void {
  mounts.forEach((mount, index) => {
    checkMount(mount, `mounts[${index}]`, findings);
    checkIdMapping(mount, `mounts[${index}]`, findings);
  });
}
