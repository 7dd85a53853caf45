import { FirstbornError } from '../../protocol/errors.ts';
import { deviceAccessPattern, sysctlNamePattern } from '../../protocol/container-config.ts';
import type { ContainerSettings } from '../launch/container-settings.ts';
import { readCapability, readRlimit, readSecurityOptions } from './container-words.ts';
import type { GivenOptions } from './option-parser.ts';
import { readByteCount, readChoice, readInteger, readPair, readText, refuseValue } from './option-values.ts';

const userModes = ['host', 'private'] as const;
const minShmBytes = 4096;

/**
 * Reads the options about how a container is kept in; what is not given is not in the result. Throws a FirstbornError
 * of code `usage`.
 */
export function readContainerSettings(options: GivenOptions): ContainerSettings {
  const settings: ContainerSettings = {
    ...readSecurityOptions(options.all('security-opt')),
    ...readCapabilities(options),
    ...readLists(options),
    ...readSingles(options),
  };
  for (const [name, key] of [
    ['privileged', 'privileged'],
    ['read-only', 'readonlyRoot'],
    ['init', 'init'],
  ] as const) {
    if (options.has(name)) settings[key] = true;
  }
  return settings;
}

function readCapabilities(options: GivenOptions): ContainerSettings {
  const capAdd = [...new Set(options.all('cap-add').map((text) => readCapability('cap-add', text)))];
  const capDrop = [...new Set(options.all('cap-drop').map((text) => readCapability('cap-drop', text)))];
  const both = capAdd.find((name) => capDrop.includes(name));
  if (both !== undefined) throw new FirstbornError('usage', `Cannot both add and drop "${both}"`);
  return {
    ...(capAdd.length === 0 ? {} : { capAdd }),
    ...(capDrop.length === 0 ? {} : { capDrop }),
  };
}

function readLists(options: GivenOptions): ContainerSettings {
  const rlimits = options.all('ulimit').map(readRlimit);
  const devices = options.all('device').map(readDevice);
  const groupAdd = options.all('group-add').map((text) => readText('group-add', text, isGroup, 'a group'));
  const sysctl = options.all('sysctl').map(readSysctl);
  const annotations = options.all('annotation').map((text) => readPair('annotation', text));
  return {
    ...(rlimits.length === 0 ? {} : { rlimits }),
    ...(devices.length === 0 ? {} : { devices }),
    ...(groupAdd.length === 0 ? {} : { groupAdd }),
    ...(sysctl.length === 0 ? {} : { sysctl: Object.fromEntries(sysctl) }),
    ...(annotations.length === 0 ? {} : { annotations: Object.fromEntries(annotations) }),
  };
}

const isGroup = (text: string): boolean => text !== '' && !text.includes(':');
const isName = (text: string): boolean => /^[\x21-\x7e]{1,64}$/.test(text);

function readSingles(options: GivenOptions): ContainerSettings {
  const userns = options.last('userns');
  const shm = options.last('shm-size');
  const domainname = options.last('domainname');
  const oom = options.last('oom-score-adj');
  const umask = options.last('umask');
  return {
    ...(userns === undefined ? {} : { userns: readChoice('userns', userns, userModes) }),
    ...(shm === undefined
      ? {}
      : {
          shmSizeBytes: readByteCount('shm-size', shm, { min: minShmBytes, example: 'a size such as 64m' }),
        }),
    ...(domainname === undefined
      ? {}
      : { domainname: readText('domainname', domainname, isName, '1 to 64 visible characters') }),
    ...(oom === undefined
      ? {}
      : { oomScoreAdj: readInteger('oom-score-adj', oom, { min: -1000, max: 1000 }) }),
    ...(umask === undefined ? {} : { umask: readUmask(umask) }),
  };
}

function readUmask(text: string): number {
  if (/^0?[0-7]{1,3}$/.test(text)) return Number.parseInt(text, 8);
  throw refuseValue('umask', text, 'permission bits such as 0027');
}

function readSysctl(text: string): [name: string, value: string] {
  const [name, value] = readPair('sysctl', text);
  if (sysctlNamePattern.test(name) && text.includes('=')) return [name, value];
  throw refuseValue('sysctl', text, 'NAME=VALUE, such as net.core.somaxconn=1024');
}

/** `PATH`, `PATH:PATH`, `PATH:rwm` and `PATH:PATH:rwm`; both paths are the machine's and the container's, not the host's. */
function readDevice(text: string): NonNullable<ContainerSettings['devices']>[number] {
  const [path = '', ...rest] = text.split(':');
  const access = rest.length > 0 && deviceAccessPattern.test(rest.at(-1) ?? '') ? rest.pop() : undefined;
  const [destination, ...more] = rest;
  const isWrong = !path.startsWith('/') || destination?.startsWith('/') === false || more.length > 0;
  if (isWrong) throw refuseValue('device', text, 'PATH[:PATH][:rwm] with absolute paths');
  return {
    path,
    ...(destination === undefined ? {} : { destination }),
    ...(access === undefined ? {} : { access }),
  };
}
