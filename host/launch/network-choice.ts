import type { LaunchConfigInput } from '../../protocol/launch-config.ts';
import type { UserNetworkDescription } from '../vm/machine-description.ts';
import { planUserNetwork } from './user-network.ts';

export interface NetworkWish {
  mode: 'none' | 'user';
  addresses: readonly string[];
  dns: readonly string[];
}

/** Both sides of a machine's network; both absent without one. */
export interface NetworkChoice {
  guest: LaunchConfigInput['network'];
  device: UserNetworkDescription | undefined;
}

/** Lays the network out that was asked for. Pure. Throws a FirstbornError of code `usage`. */
export function chooseNetwork(wish: NetworkWish, mac: string): NetworkChoice {
  if (wish.mode === 'none') return { guest: undefined, device: undefined };
  const { guest, stacks } = planUserNetwork({ addresses: wish.addresses, dns: wish.dns, mac });
  return { guest, device: { kind: 'user', mac, ...stacks } };
}
