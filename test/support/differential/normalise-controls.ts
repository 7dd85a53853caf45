import type { RuntimeSpec, SpecResources } from '../../../protocol/oci/runtime-spec.ts';
import type { Facts } from './facts.ts';
import { answerText, type Observation } from './observation.ts';

/** Above this, version 1 means "no limit": the largest multiple of a page. */
const unlimitedBytes = 2n ** 62n;

/** The limits that a configuration sets; what others say is the machine's. */
function limitedFiles(resources: SpecResources): string[] {
  const { memory, pids, cpu } = resources;
  const files: [string, unknown][] = [
    ['memory.max', memory?.limit],
    ['memory.low', memory?.reservation],
    ['pids.max', pids?.limit],
    ['cpu.max', cpu?.quota ?? cpu?.period],
    ['cpu.weight', cpu?.shares],
    ['cpuset.cpus', cpu?.cpus],
    ['cpuset.mems', cpu?.mems],
  ];
  return files.filter(([, value]) => value !== undefined).map(([name]) => name);
}

const bytes = (text: string | undefined): string | undefined =>
  text === undefined ? undefined : BigInt(text) > unlimitedBytes ? 'max' : text;

/** runc's formula from shares (2 to 262144) to a weight (1 to 10000). */
const weight = (shares: string | undefined): string | undefined =>
  shares === undefined ? undefined : String(1 + Math.floor(((Number(shares) - 2) * 9999) / 262_142));

const quota = (value: string | undefined, period: string | undefined): string | undefined =>
  value === undefined ? undefined : `${value === '-1' ? 'max' : value} ${period}`;

/** What the version 1 files say in the words of version 2. */
function translated(name: string, files: Record<string, string | undefined>): string | undefined {
  switch (name) {
    case 'memory.max':
      return bytes(files['memory/memory.limit_in_bytes']);
    case 'memory.low':
      return bytes(files['memory/memory.soft_limit_in_bytes']);
    case 'pids.max':
      return files['pids/pids.max'];
    case 'cpu.max':
      return quota(files['cpu/cpu.cfs_quota_us'], files['cpu/cpu.cfs_period_us']);
    case 'cpu.weight':
      return weight(files['cpu/cpu.shares']);
    default:
      return files[`${name.split('.')[0]}/${name}`];
  }
}

/** Limits that are set, and the process's place among the control groups. */
export function controlFacts(seen: Observation, spec: RuntimeSpec, ownGroups: boolean): Facts {
  const trimmed: [string, string][] = Object.entries(seen.controlFiles).map(([name, text]) => [
    name,
    text.trim(),
  ]);
  const files: Record<string, string | undefined> = Object.fromEntries(trimmed);
  const facts: Facts = {};
  for (const name of limitedFiles(spec.linux?.resources ?? {})) {
    const value = files[name] ?? translated(name, files);
    if (value !== undefined) facts[`limits.${name}`] = value;
  }
  // The place in version 1 hierarchies is the oracle's machine's; the path of a shared one is the runtime's choice.
  const place = /^0::(.*)$/m.exec(answerText(seen.controlGroups))?.[1];
  facts['controlGroup'] = ownGroups ? (place ?? 'none') : 'somewhere';
  return facts;
}
