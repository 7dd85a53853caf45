import { readFile } from 'node:fs/promises';
import { FirstbornError } from '../../protocol/errors.ts';
import { Hostname } from '../../protocol/launch-config.ts';
import { maxConfigFileBytes, maxStopGraceMs } from '../../protocol/limits.ts';
import { parseSignal } from '../../protocol/signals.ts';
import { applyEnvFile, applyVariable, type VariableMap } from '../launch/environment.ts';
import { defaultWorkload, type WorkloadOptions } from '../launch/launch-config.ts';
import { chooseMachineType, type MachineWish } from '../launch/machine-layout.ts';
import { type MachineSettings, maxCpus } from '../launch/machine-settings.ts';
import { parseMemoryMiB } from '../launch/memory-size.ts';
import { runtimePlaces } from '../launch/runtime-place.ts';
import { logLevels } from '../vm/kernel-arguments.ts';
import type { Architecture, MachineType } from '../vm/machine-description.ts';
import { readContainerSettings } from './container-options.ts';
import { readHealth } from './health-options.ts';
import { readLimits } from './limit-options.ts';
import { readNetwork } from './network-options.ts';
import type { GivenOptions } from './option-parser.ts';
import { readChoice, readInteger, readSecondsMs, readText } from './option-values.ts';
import { readXenSettings } from './vmm-options.ts';

const defaultMemory = '512m';

/** Reads the options that shape the machine. Throws a FirstbornError of code `usage`. */
export function readMachineSettings(options: GivenOptions, architecture: Architecture): MachineSettings {
  const runtimePlace = readChoice('runtime', options.last('runtime') ?? 'initramfs', runtimePlaces);
  const kernelPath = readOptionalText(options, 'kernel', (path) => path !== '', 'a path');
  const xen = readXenSettings(options, { runtimePlace, kernelPath });
  return {
    machine: readMachineType(options.last('machine') ?? 'auto', architecture),
    cpus: readInteger('cpus', options.last('cpus') ?? '1', { min: 1, max: maxCpus }),
    memoryMiB: parseMemoryMiB(options.last('memory') ?? defaultMemory, { runtimePlace, kernelPath }),
    kernelPath,
    modulesDir: readOptionalText(options, 'modules', (path) => path !== '', 'a path'),
    runtimePlace,
    format: readChoice('format', options.last('format') ?? 'squashfs', ['squashfs', 'erofs']),
    verity: options.has('verity'),
    network: readNetwork(options, { isXen: xen !== undefined }),
    xen,
  };
}

function readOptionalText(
  options: GivenOptions,
  name: string,
  isGood: (text: string) => boolean,
  expected: string,
): string | undefined {
  const text = options.last(name);
  return text === undefined ? undefined : readText(name, text, isGood, expected);
}

function readMachineType(text: string, architecture: Architecture): MachineType {
  const wishes: MachineWish[] = ['auto', 'q35', 'pc', 'microvm', 'virt'];
  const machine = chooseMachineType(architecture, readChoice('machine', text, wishes));
  if (machine === undefined) {
    throw new FirstbornError('usage', `Cannot make a machine of type "${text}" on ${architecture}`);
  }
  return machine;
}

/**
 * Reads the options that shape the workload, env files included. Throws a FirstbornError of code `usage`, of
 * code `host` for an env file that can't be read.
 */
export async function readWorkload(
  options: GivenOptions,
  command: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<WorkloadOptions> {
  const stopTimeout = options.last('stop-timeout');
  return {
    ...defaultWorkload(),
    entrypoint: options.last('entrypoint'),
    command,
    env: await readVariables(options, environment),
    user: options.last('user'),
    workingDir: readOptionalText(
      options,
      'workdir',
      (text) => text.startsWith('/') && !text.includes('\0'),
      'an absolute path',
    ),
    hostname: readOptionalText(
      options,
      'hostname',
      (text) => Hostname.safeParse(text).success,
      'letters, digits, inner dashes and dots, at most 64',
    ),
    stopSignal: readOptionalText(
      options,
      'stop-signal',
      (text) => parseSignal(text) !== undefined,
      'a signal such as SIGTERM or 15',
    ),
    stopGraceMs:
      stopTimeout === undefined
        ? undefined
        : readSecondsMs('stop-timeout', stopTimeout, { minMs: 0, maxMs: maxStopGraceMs }),
    stdin: options.has('interactive'),
    limits: readLimits(options),
    container: readContainerSettings(options),
    health: readHealth(options),
    logLevel: readChoice('log-level', options.last('log-level') ?? 'info', logLevels),
  };
}

/** Files first, then single variables, each in order: the later word wins, as with Docker. */
export async function readVariables(
  options: GivenOptions,
  environment: NodeJS.ProcessEnv,
): Promise<VariableMap> {
  const variables: VariableMap = new Map();
  for (const path of options.all('env-file')) {
    applyEnvFile(variables, path, await readEnvFile(path), environment);
  }
  for (const text of options.all('env')) applyVariable(variables, text, environment);
  return variables;
}

async function readEnvFile(path: string): Promise<Buffer> {
  let content: Buffer;
  try {
    content = await readFile(path);
  } catch (cause) {
    throw new FirstbornError('host', `Cannot read the env file "${path}"`, { cause });
  }
  if (content.length <= maxConfigFileBytes) return content;
  throw new FirstbornError('usage', `Cannot take the env file "${path}": over ${maxConfigFileBytes} bytes`);
}
