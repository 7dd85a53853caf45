import type { ImageConfig } from '../../protocol/image-config.ts';
import type { WorkloadOptions } from './launch-config.ts';

/** What the workload runs, for people to read: image and options put together by Docker's rule. Pure. */
export function workloadCommand(
  { entrypoint, command }: Pick<WorkloadOptions, 'entrypoint' | 'command'>,
  { config }: ImageConfig,
): string[] {
  if (entrypoint !== undefined) return [...(entrypoint === '' ? [] : [entrypoint]), ...command];
  return [...(config?.Entrypoint ?? []), ...(command.length > 0 ? command : (config?.Cmd ?? []))];
}
