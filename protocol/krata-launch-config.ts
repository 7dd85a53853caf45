import * as z from 'zod/mini';
import type { LaunchConfigInput } from './launch-config.ts';
import { lazySchema } from './lazy-schema.ts';

/**
 * `launch.json` as krata's hosts write it: no version, and an absent value may be `null` because it comes
 * from a Rust Option. Values are checked again as a LaunchConfig after the translation.
 */
const krataLaunch = () =>
  z.strictObject({
    root: z.strictObject({ format: z.enum(['squashfs', 'erofs']) }),
    hostname: z.optional(z.nullable(z.string())),
    network: z.optional(
      z.nullable(
        z.strictObject({
          link: z.string(),
          ipv4: z.strictObject({ address: z.string(), gateway: z.string() }),
          ipv6: z.optional(z.nullable(z.strictObject({ address: z.string(), gateway: z.string() }))),
          resolver: z.strictObject({ nameservers: z.array(z.string()) }),
        }),
      ),
    ),
    env: z.optional(z.nullable(z.record(z.string(), z.string()))),
    run: z.optional(z.nullable(z.array(z.string()))),
  });
export const KrataLaunch = lazySchema(krataLaunch);
export type KrataLaunch = z.infer<typeof KrataLaunch>;

/** The variable by which software tells that krata's guest started it. */
const krataMarker = { KRATA_CONTAINER: '1' };
/** krata attaches a terminal to every workload, and most emulators understand this one. */
const krataEnvDefaults = { TERM: 'xterm' };

/** Says in our terms what a krata host asked for. Pure. */
export function krataLaunchToLaunchConfig(krata: KrataLaunch): LaunchConfigInput {
  const { network } = krata;
  const stacks = network ? [network.ipv4, ...(network.ipv6 ? [network.ipv6] : [])] : [];
  return {
    version: 1,
    root: { format: krata.root.format },
    ...(krata.hostname ? { hostname: krata.hostname } : {}),
    ...(network
      ? {
          network: {
            link: network.link,
            addresses: stacks.map((stack) => stack.address),
            routes: stacks.map((stack) => ({
              destination: stack.gateway.includes(':') ? '::/0' : '0.0.0.0/0',
              gateway: stack.gateway,
            })),
            resolver: { nameservers: network.resolver.nameservers },
          },
        }
      : {}),
    process: {
      ...(krata.run ? { command: krata.run } : {}),
      env: { ...krata.env, ...krataMarker },
      envDefaults: krataEnvDefaults,
      stdin: false,
    },
  };
}
