import { basename, resolve } from 'node:path';
import { describeDomain } from '../launch/domain-layout.ts';
import { xlConfig, xlConfigName } from '../vm/xl-config.ts';
import type { BuildRequest } from './build-image.ts';

/** Names of files in the directory that is built. */
export interface BuiltNames {
  rootDiskName: string;
  configDiskName: string;
  initramfsName: string;
  kernelName: string;
}

/** A domain's name after the directory that its files are in. */
const nameAfter = (directory: string): string =>
  `firstborn-${basename(directory).replaceAll(/[^A-Za-z0-9_.-]/g, '-')}`;

/**
 * The configuration with which xl(1) makes a domain of what was built; `undefined` when it is not for Xen. It names the
 * files where they are going to be. Pure but for the working directory. Throws a FirstbornError of code `usage`.
 */
export function builtXlConfig(
  { settings, workload, architecture, outDir }: BuildRequest,
  names: BuiltNames,
): string | undefined {
  const { xen, network } = settings;
  if (xen === undefined) return undefined;
  const at = (name: string): string => resolve(outDir, name);
  return xlConfig(
    describeDomain({
      architecture,
      xen,
      name: nameAfter(resolve(outDir)),
      cpus: settings.cpus,
      memoryMiB: settings.memoryMiB,
      logLevel: workload.logLevel,
      kernelPath: at(names.kernelName),
      initramfsPath: at(names.initramfsName),
      rootDiskPath: at(names.rootDiskName),
      configDiskPath: at(names.configDiskName),
      volumeDisks: [],
      network: network.mode === 'bridge' ? { kind: 'bridge', bridge: network.bridge } : undefined,
      configPath: at(xlConfigName),
    }),
  );
}
