import { checkCgroupsPath, checkResources } from './impossible/cgroups.ts';
import { Findings } from './impossible/findings.ts';
import { checkIdMappings } from './impossible/id-mappings.ts';
import { checkMounts } from './impossible/mounts.ts';
import { checkNamespacePaths, checkNamespaceSettings } from './impossible/namespaces.ts';
import { checkPlatform, checkWhatStarts } from './impossible/platform.ts';
import { checkScheduler } from './impossible/scheduling.ts';
import { checkCapabilities, checkHostFeatures, checkLabels, checkSeccomp } from './impossible/security.ts';
import { checkSysctls } from './impossible/sysctls.ts';
import type { RuntimeSpec } from './runtime-spec.ts';

/**
 * Refuses what can be said in a config.json and can't be done in a microVM, or by this engine: security is never
 * dropped in silence. Returns warnings, one line each with the path of the value, for what has no effect: limits that
 * cgroup2 lacks, capabilities that can't be granted. `what` names the configuration for messages. Throws a
 * FirstbornError of code `config` with the path of every refused value (the first eight). Pure; docs/oci-refusals.md
 * lists them all.
 */
export function refuseImpossible(spec: RuntimeSpec, what = 'the configuration'): string[] {
  const findings = new Findings();
  checkPlatform(spec, findings);
  checkWhatStarts(spec, findings);
  checkLabels(spec, findings);
  checkCapabilities(spec, findings);
  checkScheduler(spec, findings);
  checkMounts(spec, findings);
  checkNamespacePaths(spec, findings);
  checkNamespaceSettings(spec, findings);
  checkIdMappings(spec, findings);
  checkSysctls(spec, findings);
  checkCgroupsPath(spec, findings);
  checkResources(spec, findings);
  checkSeccomp(spec, findings);
  checkHostFeatures(spec, findings);
  return findings.conclude(what);
}
