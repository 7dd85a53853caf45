import { FirstbornError } from '../../protocol/errors.ts';
import type { LaunchConfigInput } from '../../protocol/launch-config.ts';
import type { UserNetworkDescription } from '../vm/machine-description.ts';
import type { BridgeWish } from './bridge-network.ts';
import { planUserNetwork } from './user-network.ts';

export type NetworkWish =
  | {
      mode: 'none' | 'user';
      addresses: readonly string[];
      dns: readonly string[];
    }
  | BridgeWish;

/** Both sides of a machine's network; both absent without one. */
export interface NetworkChoice {
  guest: LaunchConfigInput['network'];
  device: UserNetworkDescription | undefined;
}

/** Lays the network of a machine of QEMU out that was asked for. Pure. Throws a FirstbornError of code `usage`. */
export function chooseNetwork(wish: NetworkWish, mac: string): NetworkChoice {
  if (wish.mode === 'none') return { guest: undefined, device: undefined };
  if (wish.mode === 'bridge')
    throw new FirstbornError('usage', 'Cannot use a bridge with QEMU: only Xen can');
  const { guest, stacks } = planUserNetwork({ addresses: wish.addresses, dns: wish.dns, mac });
  return { guest, device: { kind: 'user', mac, ...stacks } };
}
