import { capabilityNames } from '../../protocol/oci/capability-names.ts';
import { runtimePlaces } from '../launch/runtime-place.ts';
import { ulimitNames } from './container-words.ts';
import { eventNames } from './event-text.ts';
import { machineStates } from './machine-filter.ts';
import { healthWords } from './machine-status.ts';
import type { OptionSpec } from './option-parser.ts';

/** What a shell offers for a word. */
export type Offer =
  | { kind: 'words'; words: readonly string[] }
  /** Names of machines; with `colon`, for a path behind it. */
  | { kind: 'machines'; colon: boolean }
  | { kind: 'files' }
  | { kind: 'directories' }
  | { kind: 'nothing' };

const signals = ['HUP', 'INT', 'QUIT', 'KILL', 'USR1', 'USR2', 'TERM', 'CONT', 'STOP', 'WINCH'] as const;

/** As they are mostly written. */
const capabilities = ['ALL', ...capabilityNames.map((name) => name.slice('CAP_'.length))];

/** Fixed choices, by the option's name, or by command and option where the same name means different things. */
const choices: Readonly<Record<string, readonly string[]>> = {
  'cap-add': capabilities,
  'cap-drop': capabilities,
  accel: ['auto', 'kvm', 'tcg'],
  'events filter': ['machine=', ...eventNames.map((name) => `event=${name}`)],
  format: ['squashfs', 'erofs'],
  'log-level': ['trace', 'debug', 'info', 'warn', 'error', 'fatal'],
  machine: ['auto', 'q35', 'pc', 'microvm', 'virt'],
  network: ['user', 'none'],
  'ps filter': [
    'name=',
    'label=',
    ...machineStates.map((state) => `status=${state}`),
    ...healthWords.map((word) => `health=${word}`),
  ],
  restart: ['no', 'on-failure', 'always'],
  runtime: runtimePlaces,
  'security-opt': ['no-new-privileges', 'seccomp=unconfined', 'apparmor=unconfined'],
  signal: signals,
  'sig-proxy': ['true', 'false'],
  'stop-signal': signals,
  tail: ['all'],
  ulimit: ulimitNames.map((name) => `${name}=`),
  userns: ['host', 'private'],
};

/** What to offer as the value of an option. Pure. */
export function offerForValue(command: string, { name, value }: OptionSpec): Offer {
  const words = choices[`${command} ${name}`] ?? choices[name];
  if (words !== undefined) return { kind: 'words', words };
  if (value?.split('|').includes('FILE') === true) return { kind: 'files' };
  if (name === 'volume') return { kind: 'files' };
  // A directory in the container is out of sight.
  return value === 'DIR' && name !== 'workdir' ? { kind: 'directories' } : { kind: 'nothing' };
}

/** What to offer as an operand, by what the synopsis calls it. Pure. */
export function offerForOperand(command: string, synopsis: string): Offer {
  if (command === 'completion') return { kind: 'words', words: ['bash', 'zsh'] };
  if (command === 'images') return { kind: 'words', words: ['build'] };
  if (synopsis.includes('NAME:PATH')) return { kind: 'machines', colon: true };
  if (synopsis.includes('NAME')) return { kind: 'machines', colon: false };
  return synopsis.includes('IMAGE') ? { kind: 'files' } : { kind: 'nothing' };
}
