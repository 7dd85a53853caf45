import { FirstbornError } from '../protocol/errors.ts';

/** A platform in Go's words (GOOS, GOARCH), as OCI's image-index.md names them. */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  /** CPU level, such as `v8` for arm64 or `v2` for amd64. */
  readonly variant?: string;
}

const guestArchitectures: Partial<Record<NodeJS.Architecture, string>> = { x64: 'amd64', arm64: 'arm64' };

/** The platform of guests on this machine. Throws FirstbornError `host` where there is none. */
export function guestPlatform(architecture: NodeJS.Architecture = process.arch): Platform {
  const guest = guestArchitectures[architecture];
  if (guest === undefined) {
    throw new FirstbornError('host', `Cannot run guests on architecture "${architecture}"`);
  }
  return { os: 'linux', architecture: guest };
}

/** Names that builders use for the same architecture. */
const architectureAliases: Record<string, string> = { x86_64: 'amd64', 'x86-64': 'amd64', aarch64: 'arm64' };
/** The variant that is meant when none is named. */
const defaultVariants: Record<string, string> = { amd64: 'v1', arm64: 'v8', arm: 'v7' };

function normalise(platform: Platform): Required<Platform> {
  const architecture = architectureAliases[platform.architecture] ?? platform.architecture;
  const variant = platform.variant ?? '';
  return {
    os: platform.os,
    architecture,
    variant: variant === '' ? (defaultVariants[architecture] ?? '') : variant,
  };
}

/** `v8` and `8` are 8, `v8.2` is 8.2; `undefined` for anything that has no order. */
function variantLevel(variant: string): number | undefined {
  const match = /^v?(\d+(?:\.\d+)?)$/.exec(variant);
  return match?.[1] === undefined ? undefined : Number(match[1]);
}

/**
 * How well an image for `found` suits a guest of platform `wanted`: 0 not at all, else the higher the better. A
 * lower variant of the same architecture runs on a higher one, not the reverse.
 */
export function platformFitness(wanted: Platform, found: Platform): number {
  const want = normalise(wanted);
  const have = normalise(found);
  if (want.os !== have.os || want.architecture !== have.architecture) return 0;
  if (want.variant === have.variant) return Number.MAX_SAFE_INTEGER;
  const wantLevel = variantLevel(want.variant);
  const haveLevel = variantLevel(have.variant);
  if (wantLevel === undefined || haveLevel === undefined || haveLevel > wantLevel) return 0;
  return 1 + haveLevel;
}

/** `linux/arm64/v8`, for messages. */
export function formatPlatform(platform: Platform): string {
  const parts = [platform.os, platform.architecture];
  if (platform.variant !== undefined && platform.variant !== '') parts.push(platform.variant);
  return parts.join('/');
}
