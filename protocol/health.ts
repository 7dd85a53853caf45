import * as z from 'zod/mini';
import { CString } from './fields.ts';
import type { ImageConfig } from './image-config.ts';
import type { LaunchConfig } from './launch-config.ts';
import { lazySchema } from './lazy-schema.ts';
import { maxHealthTimeMs, maxListEntries } from './limits.ts';

/** What is known of a workload that is checked, in Docker's words. */
export const healthStatuses = ['starting', 'healthy', 'unhealthy'] as const;
export type HealthStatus = (typeof healthStatuses)[number];

/** Docker's forms of `Test`: no check, a command, and a text for the image's shell. */
function isHealthTest([form, ...words]: readonly string[]): boolean {
  if (form === 'NONE') return words.length === 0;
  if (form === 'CMD') return words.length > 0;
  return form === 'CMD-SHELL' && words.length === 1;
}

/** `launch.json`'s `health`. What it leaves out is as the image has it, else as `defaultHealth` has it. */
export const HealthConfig = lazySchema(() => {
  const TimeMs = z.optional(z.int().check(z.minimum(1), z.maximum(maxHealthTimeMs)));
  return z
    .strictObject({
      /** No check at all, whatever the image says. */
      disabled: z.optional(z.literal(true)),
      test: z.optional(
        z
          .array(CString)
          .check(
            z.maxLength(maxListEntries),
            z.refine(isHealthTest, 'expected ["NONE"], ["CMD", COMMAND, …] or ["CMD-SHELL", TEXT]'),
          ),
      ),
      intervalMs: TimeMs,
      timeoutMs: TimeMs,
      startPeriodMs: z.optional(z.int().check(z.minimum(0), z.maximum(maxHealthTimeMs))),
      startIntervalMs: TimeMs,
      /** Failures in a row that make it unhealthy. */
      retries: z.optional(z.int().check(z.minimum(1))),
    })
    .check(
      z.refine(
        (health) => health.disabled === undefined || Object.keys(health).length === 1,
        'expected nothing beside "disabled"',
      ),
    );
});
export type HealthConfig = z.infer<typeof HealthConfig>;

/** A health check as it is run. */
export interface HealthPlan {
  /** Its command. */
  args: string[];
  /** From the end of a check to the next one. */
  intervalMs: number;
  /** A check that takes longer is killed, and has failed. */
  timeoutMs: number;
  /** How long after the start failures do not count. */
  startPeriodMs: number;
  /** The interval in the start period, up to the first success. */
  startIntervalMs: number;
  /** Failures in a row that make it unhealthy. */
  retries: number;
}

/** Docker's. */
export const defaultHealth: Omit<HealthPlan, 'args'> = {
  intervalMs: 30_000,
  timeoutMs: 30_000,
  startPeriodMs: 0,
  startIntervalMs: 5_000,
  retries: 3,
};

/** `undefined` for "no check", and for forms that nobody knows, which Docker passes over, too. */
function checkCommand([form, ...words]: readonly string[], shell: readonly string[]): string[] | undefined {
  if (words.length === 0) return undefined;
  if (form === 'CMD') return words;
  return form === 'CMD-SHELL' ? [...shell, ...words] : undefined;
}

/** Docker writes 0 for what is left out. A time that no timer could hold is cut to one that it can. */
function imageTimeMs(nanoseconds: number | null | undefined): number | undefined {
  if (!((nanoseconds ?? 0) > 0)) return undefined;
  return Math.min(Math.ceil((nanoseconds ?? 0) / 1e6), maxHealthTimeMs);
}

/**
 * The health check of a container: the image's, overlaid field by field with the launch config's, as docker-run(1) does
 * it. `undefined` when there is none. Pure.
 */
export function healthPlan(
  { config: image }: Pick<ImageConfig, 'config'>,
  { health: launch }: Pick<LaunchConfig, 'health'>,
): HealthPlan | undefined {
  if (launch?.disabled === true) return undefined;
  const check = image?.Healthcheck;
  const shell = image?.Shell ?? [];
  const args = checkCommand(
    launch?.test ?? check?.Test ?? [],
    shell.length === 0 ? ['/bin/sh', '-c'] : shell,
  );
  if (args === undefined) return undefined;
  const retries = Math.floor(check?.Retries ?? 0);
  return {
    args,
    intervalMs: launch?.intervalMs ?? imageTimeMs(check?.Interval) ?? defaultHealth.intervalMs,
    timeoutMs: launch?.timeoutMs ?? imageTimeMs(check?.Timeout) ?? defaultHealth.timeoutMs,
    startPeriodMs: launch?.startPeriodMs ?? imageTimeMs(check?.StartPeriod) ?? defaultHealth.startPeriodMs,
    startIntervalMs:
      launch?.startIntervalMs ?? imageTimeMs(check?.StartInterval) ?? defaultHealth.startIntervalMs,
    retries: launch?.retries ?? (retries > 0 ? retries : defaultHealth.retries),
  };
}
