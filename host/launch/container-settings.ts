import type { LaunchConfigInput } from '../../protocol/launch-config.ts';
import { seccompProfilePath } from '../../protocol/names.ts';

type ContainerInput = NonNullable<LaunchConfigInput['container']>;

/** How a container is kept in, as it is asked for; what is absent is as Docker has it. */
export type ContainerSettings = Omit<ContainerInput, 'seccomp'> & {
  /** Which system calls it may make: `default`, all, or what a profile on the host says, in Docker's form or OCI's. */
  seccomp?: 'default' | 'unconfined' | { profilePath: string } | undefined;
};

/** The same for launch.json, which names the profile as the config disk has it. Pure. */
export function containerConfig({ seccomp, ...settings }: ContainerSettings): ContainerInput {
  if (seccomp === undefined) return settings;
  return { ...settings, seccomp: typeof seccomp === 'object' ? { file: seccompProfilePath } : seccomp };
}
