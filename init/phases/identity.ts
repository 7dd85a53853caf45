import type { Native } from '../../addon/native.ts';
import { Plan } from '../../addon/plan.ts';
import type { LaunchConfig } from '../../protocol/launch-config.ts';
import { runPlan } from '../boot/run-plan.ts';
import type { Log } from '../log/log.ts';

/** The name of a machine that nobody named. */
export const defaultHostname = 'localhost';

/** The files that tell a container who and where it is; absent ones stay as the image has them. */
export interface IdentityFiles {
  hostname: string | undefined;
  hosts: string;
  resolvConf: string | undefined;
}

/** /etc/hosts (KR 9): the loopback names, the own name, then what the host added. Pure. */
export function hostsFile(hostname: string | undefined, entries: LaunchConfig['hosts']): string {
  const lines = ['127.0.0.1\tlocalhost', '::1\tlocalhost ip6-localhost ip6-loopback'];
  if (hostname !== undefined && hostname !== defaultHostname) lines.push(`127.0.1.1\t${hostNames(hostname)}`);
  for (const entry of entries) lines.push(`${entry.address}\t${entry.names.join(' ')}`);
  return `${lines.join('\n')}\n`;
}

/** A name with dots is also known by its first label, as hosts(5) recommends. */
function hostNames(hostname: string): string {
  const [label] = hostname.split('.');
  return label === hostname ? hostname : `${hostname} ${label}`;
}

/** resolv.conf(5) from the resolver's settings; without any the image's own file stays. Pure. */
export function resolvConfFile(network: LaunchConfig['network']): string | undefined {
  const resolver = network?.resolver;
  if (resolver === undefined) return undefined;
  const lines = resolver.nameservers.map((address) => `nameserver ${address}`);
  if (resolver.search.length > 0) lines.unshift(`search ${resolver.search.join(' ')}`);
  if (resolver.options.length > 0) lines.push(`options ${resolver.options.join(' ')}`);
  return `${lines.join('\n')}\n`;
}

/** Names the machine; the files are written when the container's root is entered. */
export function setIdentity(native: Native, log: Log, launch: LaunchConfig): IdentityFiles {
  runPlan(native, log, new Plan().setHostname(launch.hostname ?? defaultHostname));
  return {
    hostname: launch.hostname === undefined ? undefined : `${launch.hostname}\n`,
    hosts: hostsFile(launch.hostname, launch.hosts),
    resolvConf: resolvConfFile(launch.network),
  };
}
