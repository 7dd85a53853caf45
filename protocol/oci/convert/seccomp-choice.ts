import type { LaunchConfig } from '../../launch-config.ts';
import type { CapabilityName } from '../capability-names.ts';
import { boundingCapabilities } from './capabilities.ts';

/** Which system call filter a container gets. */
export type SeccompChoice =
  | { kind: 'none' }
  /** The default profile, which allows more to who has more capabilities. */
  | { kind: 'default'; capabilities: CapabilityName[] }
  /** The profile in a file on the config disk. */
  | { kind: 'file'; path: string };

/** As Docker: the default profile, none for a privileged container, unless one is named. Pure. */
export function chooseSeccomp(container: LaunchConfig['container']): SeccompChoice {
  const wish = container?.seccomp;
  if (typeof wish === 'object') return { kind: 'file', path: wish.file };
  if (wish === 'unconfined' || (wish === undefined && container?.privileged === true)) {
    return { kind: 'none' };
  }
  return { kind: 'default', capabilities: boundingCapabilities(container) };
}
