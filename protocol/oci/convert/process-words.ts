import type { ImageConfig } from '../../image-config.ts';
import type { LaunchConfig } from '../../launch-config.ts';

const defaultArguments = ['/bin/sh'];

/**
 * argv by the image spec's rules (conversion.md) and Docker's: Entrypoint then Cmd; a given entrypoint drops
 * the image's Cmd; a given command replaces it; nothing at all means a shell (KR 8). Pure.
 */
export function composeArguments(image: ImageConfig, process: LaunchConfig['process']): string[] {
  const entrypoint = process.entrypoint ?? image.config?.Entrypoint ?? [];
  const imageCommand = process.entrypoint === undefined ? (image.config?.Cmd ?? []) : [];
  const args = [...entrypoint, ...(process.command ?? imageCommand)];
  return args.length === 0 ? defaultArguments : args;
}

/** `User` as the launch config or the image has it. */
export function composeUser(image: ImageConfig, process: LaunchConfig['process']): string {
  return process.user ?? image.config?.User ?? '';
}
