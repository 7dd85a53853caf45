import { closeSync, openSync, readSync } from 'node:fs';
import type { Native } from '../../addon/native.ts';
import { MS_NODEV, MS_NOEXEC, MS_NOSUID, MS_RDONLY } from '../../addon/constants.ts';
import { Plan } from '../../addon/plan.ts';
import { FirstbornError } from '../../protocol/errors.ts';
import { ImageConfig } from '../../protocol/image-config.ts';
import { type LaunchConfig, parseLaunchConfig } from '../../protocol/launch-config.ts';
import { maxConfigFileBytes } from '../../protocol/limits.ts';
import { imageConfigPath, launchConfigPath, runtimeConfigPath } from '../../protocol/names.ts';
import { refuseImpossible } from '../../protocol/oci/impossible.ts';
import type { RuntimeSpec, SpecSeccomp } from '../../protocol/oci/runtime-spec.ts';
import { parseRuntimeSpecText } from '../../protocol/oci/runtime-spec-schema.ts';
import { parseSeccompText } from '../../protocol/oci/seccomp-profile.ts';
import { parseJson, parseJsonWith } from '../../protocol/parse.ts';
import { readFileInRoot } from '../boot/read-file-in-root.ts';
import { runPlan } from '../boot/run-plan.ts';
import type { Log } from '../log/log.ts';
import { guestPaths } from './guest-paths.ts';
import type { ModuleLoader } from './modules.ts';

export interface GuestConfig {
  launch: LaunchConfig;
  image: ImageConfig;
  /** The container's configuration, where the host gave one instead of leaving it to the image. */
  runtime: RuntimeSpec | undefined;
}

type DiskFormat = 'squashfs' | 'erofs';

/** Looks for the superblocks: squashfs's magic at 0, EROFS's at 1024. */
export function detectDiskFormat(head: Buffer): DiskFormat | undefined {
  if (head.length >= 4 && head.toString('latin1', 0, 4) === 'hsqs') return 'squashfs';
  if (head.length >= 1028 && head.readUInt32LE(1024) === 0xe0f5e1e2) return 'erofs';
  return undefined;
}

function readHead(device: string): Buffer {
  const fd = openSync(device, 'r');
  try {
    const head = Buffer.alloc(4096);
    return head.subarray(0, readSync(fd, head, 0, head.length, 0));
  } finally {
    closeSync(fd);
  }
}

/** Throws a FirstbornError of code `config` when the file can't be read or is too big. */
function readConfigFile(native: Native, name: string): string {
  try {
    return readFileInRoot(native, guestPaths.config, name, maxConfigFileBytes);
  } catch (cause) {
    throw new FirstbornError('config', `Cannot read "${name}" on the config disk`, { cause });
  }
}

/** What a configuration asks for in vain is only said, what can't be done is refused. */
function readRuntimeSpec(native: Native, log: Log): RuntimeSpec {
  const spec = parseRuntimeSpecText(readConfigFile(native, runtimeConfigPath), runtimeConfigPath);
  for (const warning of refuseImpossible(spec))
    log.warn({ setting: warning }, 'a setting has no effect here');
  return spec;
}

/** Reads a seccomp profile on the config disk. Throws a FirstbornError of code `config`. */
export function readSeccompProfile(native: Native, path: string): SpecSeccomp {
  return parseSeccompText(readConfigFile(native, path), path);
}

/** Mounts the config disk and reads and checks what is on it (KR 7). */
export function readGuestConfig(
  native: Native,
  log: Log,
  modules: ModuleLoader,
  device: string,
): GuestConfig {
  const format = detectDiskFormat(readHead(device));
  if (format === undefined) {
    throw new FirstbornError(
      'config',
      `Cannot mount the config disk "${device}": expected squashfs or EROFS on it`,
    );
  }
  modules.loadByName(format);
  runPlan(
    native,
    log,
    new Plan().makeDirectory(guestPaths.config, 0o700).mount({
      source: device,
      target: guestPaths.config,
      type: format,
      flags: MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC,
    }),
  );
  const launchText = readConfigFile(native, launchConfigPath);
  const imageText = readConfigFile(native, imageConfigPath);
  const launch = parseLaunchConfig(parseJson(launchText, `"${launchConfigPath}"`));
  return {
    launch,
    image: parseJsonWith(ImageConfig, imageText, imageConfigPath),
    runtime: launch.runtimeConfig === true ? readRuntimeSpec(native, log) : undefined,
  };
}
