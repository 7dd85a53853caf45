import type { RuntimeSpec, SpecIdMapping } from '../runtime-spec.ts';
import type { Findings } from './findings.ts';
import { hasNamespace, hasNewNamespace } from './namespaces.ts';

function isMapped(mappings: readonly SpecIdMapping[], id: number): boolean {
  return mappings.some(({ containerID, size }) => id >= containerID && id < containerID + size);
}

/** The ids that the container's start needs: root's, which sets it up, and those of its process. */
function checkProcessIds(spec: RuntimeSpec, findings: Findings): void {
  const { uidMappings = [], gidMappings = [] } = spec.linux ?? {};
  if (!isMapped(uidMappings, 0)) findings.refuse('linux.uidMappings', 'expected a mapping of root, 0');
  if (!isMapped(gidMappings, 0)) findings.refuse('linux.gidMappings', 'expected a mapping of the group 0');
  const { uid = 0, gid = 0, additionalGids = [] } = spec.process?.user ?? {};
  if (uid !== 0 && !isMapped(uidMappings, uid))
    findings.refuse('process.user.uid', `${uid} is not in "linux.uidMappings"`);
  if (gid !== 0 && !isMapped(gidMappings, gid))
    findings.refuse('process.user.gid', `${gid} is not in "linux.gidMappings"`);
  additionalGids.forEach((group, index) => {
    if (isMapped(gidMappings, group)) return;
    findings.refuse(`process.user.additionalGids[${index}]`, `${group} is not in "linux.gidMappings"`);
  });
}

/** A new user namespace needs both maps (RO 20), any other has its own already. */
export function checkIdMappings(spec: RuntimeSpec, findings: Findings): void {
  const maps = ['uidMappings', 'gidMappings'] as const;
  const isThere = (name: (typeof maps)[number]) => (spec.linux?.[name] ?? []).length > 0;
  if (hasNewNamespace(spec, 'user')) {
    const absent = maps.filter((name) => !isThere(name));
    for (const name of absent)
      findings.refuse(`linux.${name}`, 'expected a mapping, since there is a new user namespace');
    if (absent.length === 0) checkProcessIds(spec, findings);
    return;
  }
  const reason = hasNamespace(spec, 'user')
    ? 'expected none: the user namespace is there already, with its mappings'
    : 'expected a user namespace in "linux.namespaces"';
  for (const name of maps) if (isThere(name)) findings.refuse(`linux.${name}`, reason);
}
