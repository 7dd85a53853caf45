import type { SpecCapabilities, RuntimeSpec, SpecSeccomp } from '../runtime-spec.ts';
import type { Findings } from './findings.ts';

/** What was to protect the container and can't is never dropped in silence. */
export function checkLabels({ process, linux }: RuntimeSpec, findings: Findings): void {
  const { apparmorProfile, selinuxLabel } = process ?? {};
  if (apparmorProfile !== undefined && apparmorProfile !== 'unconfined')
    findings.refuse('process.apparmorProfile', "the machine's kernel has no AppArmor profiles");
  if (selinuxLabel !== undefined)
    findings.refuse('process.selinuxLabel', "the machine's kernel has no SELinux policy");
  if (linux?.mountLabel !== undefined)
    findings.refuse('linux.mountLabel', "the machine's kernel has no SELinux policy");
}

function missing(names: readonly string[] = [], ...within: (readonly string[] | undefined)[]): string[] {
  return names.filter((name) => within.some((set) => !(set ?? []).includes(name)));
}

/** The rules of capset(2), where it would fail, and of PR_CAP_AMBIENT_RAISE, without which a process still runs. */
export function checkCapabilities({ process }: RuntimeSpec, findings: Findings): void {
  const sets: SpecCapabilities = process?.capabilities ?? {};
  const [effective] = missing(sets.effective, sets.permitted);
  if (effective !== undefined)
    findings.refuse('process.capabilities.effective', `"${effective}" is not in "permitted"`);
  const [inheritable] = missing(sets.inheritable, sets.bounding);
  if (inheritable !== undefined)
    findings.refuse('process.capabilities.inheritable', `"${inheritable}" is not in "bounding"`);
  const ambient = missing(sets.ambient, sets.permitted, sets.inheritable);
  if (ambient.length > 0) {
    findings.warn(
      'process.capabilities.ambient',
      `${ambient.join(', ')} not granted: an ambient capability has to be permitted and inheritable`,
    );
  }
  for (const name of process?.unknownCapabilities ?? [])
    findings.warn('process.capabilities', `${name} not granted: no kernel is known to have it`);
}

const noAgent = 'the machine has no agent that could decide';

function checkNotify({ defaultAction, syscalls = [] }: SpecSeccomp, findings: Findings): boolean {
  if (defaultAction === 'SCMP_ACT_NOTIFY') findings.refuse('linux.seccomp.defaultAction', noAgent);
  let notifies = defaultAction === 'SCMP_ACT_NOTIFY';
  syscalls.forEach(({ action }, index) => {
    if (action !== 'SCMP_ACT_NOTIFY') return;
    findings.refuse(`linux.seccomp.syscalls[${index}].action`, noAgent);
    notifies = true;
  });
  return notifies;
}

export function checkSeccomp({ linux }: RuntimeSpec, findings: Findings): void {
  if (linux?.seccomp === undefined) return;
  const { listenerPath, listenerMetadata } = linux.seccomp;
  const notifies = checkNotify(linux.seccomp, findings);
  // The spec forbids the one, and has the other ignored where nothing notifies.
  if (listenerMetadata !== undefined && listenerPath === undefined)
    findings.refuse('linux.seccomp.listenerMetadata', 'expected "listenerPath" with it');
  if (listenerPath !== undefined && !notifies)
    findings.warn('linux.seccomp.listenerPath', 'passed over, since no action is "SCMP_ACT_NOTIFY"');
}

/** Parts of the spec that stand on hardware, devices or policies of a host. */
export function checkHostFeatures({ linux }: RuntimeSpec, findings: Findings): void {
  if (linux?.intelRdt !== undefined)
    findings.refuse('linux.intelRdt', 'a virtual machine has no cache and bandwidth allocation');
  if (linux?.netDevices !== undefined)
    findings.refuse('linux.netDevices', "the machine's network interfaces are set up with the machine");
  if (linux?.memoryPolicy !== undefined)
    findings.refuse('linux.memoryPolicy', 'a virtual machine has one memory node');
  if ((linux?.personality?.flags ?? []).length > 0)
    findings.refuse('linux.personality.flags', 'the specification knows no flags');
}
