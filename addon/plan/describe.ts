import {
  capabilities,
  ethtoolCommands,
  IOPRIO_CLASS_SHIFT,
  ioPriorityClasses,
  mountAttributes,
  mountFlags,
  namespaceFlags,
  openFlags,
  openTreeFlags,
  resourceLimits,
  RLIM_INFINITY,
  schedulerPolicies,
  seccompFilterFlags,
  securebits,
  unmountFlags,
} from '../constants.ts';
import { bpfInstructionBytes } from './check-bytes.ts';
import type { ArgumentValue } from './encode-operation.ts';
import type { OperationName } from './operation-codes.ts';

/** How one argument reads in an error message. */
type Printer = (value: ArgumentValue) => string;

const longestTextShown = 160;

/** `MS_NOSUID|MS_NODEV`; bits without a name follow in hexadecimal, no bit at all is `0`. */
export function flagNames(table: Readonly<Record<string, number>>, value: number): string {
  const parts: string[] = [];
  let rest = value;
  for (const [name, bit] of Object.entries(table)) {
    if (bit === 0 || (rest & bit) !== bit) continue;
    parts.push(name);
    rest &= ~bit;
  }
  if (rest !== 0 || parts.length === 0) parts.push(rest === 0 ? '0' : `0x${(rest >>> 0).toString(16)}`);
  return parts.join('|');
}

const flags =
  (table: Readonly<Record<string, number>>): Printer =>
  (value) =>
    flagNames(table, Number(value));
const named =
  (table: Readonly<Record<string, number>>): Printer =>
  (value) =>
    Object.entries(table).find(([, number]) => number === value)?.[0] ?? String(value);
const octal: Printer = (value) => `0${Number(value).toString(8)}`;
const limit: Printer = (value) => (value === RLIM_INFINITY ? 'RLIM_INFINITY' : String(value));
const mask: Printer = (value) => `0x${(value as bigint).toString(16)}`;
const slot: Printer = (value) => `slot ${String(value)}`;
/** An environment may carry secrets, so its values stay out of every message. */
const count: Printer = (value) => `${(value as readonly string[]).length} variables`;
const words: Printer = (value) => (value as readonly string[]).map((word) => shorten(word)).join(' ');

function shorten(text: string): string {
  return text.length <= longestTextShown ? text : `${text.slice(0, longestTextShown)}…`;
}

/** A cgroup or proc value is best shown; anything longer or unprintable only by its size. */
const content: Printer = (value) => {
  const bytes = value as Uint8Array;
  const text = Buffer.from(bytes).toString('latin1').trimEnd();
  return text.length <= 40 && /^[\x20-\x7e]*$/.test(text) ? text : `${bytes.length} bytes`;
};

const routeMessages: Readonly<Record<string, number>> = {
  RTM_NEWLINK: 16,
  RTM_NEWADDR: 20,
  RTM_NEWROUTE: 24,
  RTM_NEWNEIGH: 28,
};
const netlinkMessage: Printer = (value) => {
  const bytes = value as Uint8Array;
  const type = (bytes[4] ?? 0) | ((bytes[5] ?? 0) << 8);
  return `${named(routeMessages)(type)} (${bytes.length} bytes)`;
};

const persona: Printer = (value) => `0x${Number(value).toString(16)}`;
/** struct sched_attr: u32 size, u32 policy, … */
const schedulerAttributes: Printer = (value) => {
  const bytes = value as Uint8Array;
  const policy = new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true);
  return `${named(schedulerPolicies)(policy)} (${bytes.length} bytes)`;
};
const ioPriority: Printer = (value) => {
  const level = Number(value) & ((1 << IOPRIO_CLASS_SHIFT) - 1);
  return `${named(ioPriorityClasses)(Number(value) >>> IOPRIO_CLASS_SHIFT)} ${level}`;
};
/** The highest CPU first, as taskset(1) writes masks. */
const cpuMask: Printer = (value) => {
  const digits = Buffer.from((value as Uint8Array).toReversed()).toString('hex');
  return `0x${shorten(digits.replace(/^0+(?=.)/, ''))}`;
};
const instructions: Printer = (value) => `${(value as Uint8Array).length / bpfInstructionBytes} instructions`;

const plain: Printer = (value) => {
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  return Array.isArray(value) ? value.join(' ') : shorten(String(value));
};

/**
 * Printers for the arguments that read badly as they are; `plain` serves the others. Made when something is to be
 * printed: most plans have nothing to explain.
 */
const makePrinters = (): Partial<Record<OperationName, readonly Printer[]>> => ({
  makeDirectory: [plain, octal],
  makeDirectories: [plain, octal],
  makeNode: [plain, octal],
  changeMode: [plain, octal],
  writeFile: [plain, plain, octal, content],
  mount: [plain, plain, plain, flags(mountFlags), plain],
  unmount: [plain, flags(unmountFlags)],
  openTree: [slot, plain, flags(openTreeFlags)],
  moveMount: [slot, plain],
  openPath: [slot, plain, flags(openFlags), octal],
  changeDirectoryToSlot: [slot],
  netlink: [plain, netlinkMessage],
  ethtool: [plain, named(ethtoolCommands)],
  duplicateSlot: [slot],
  setResourceLimit: [named(resourceLimits), limit, limit],
  setCapabilities: [mask, mask, mask],
  dropBoundingCapability: [named(capabilities)],
  raiseAmbientCapability: [named(capabilities)],
  setSecurebits: [flags(securebits)],
  setUmask: [octal],
  unshare: [flags(namespaceFlags)],
  setNamespace: [slot, flags(namespaceFlags)],
  joinNamespaces: [plain, flags(namespaceFlags)],
  execute: [words, words, count],
  setSeccompFilter: [instructions, flags(seccompFilterFlags)],
  setPersonality: [persona],
  setScheduler: [schedulerAttributes],
  setIoPriority: [ioPriority],
  setCpuAffinity: [cpuMask],
  setMountAttributes: [
    plain,
    flags(openTreeFlags),
    flags(mountAttributes),
    flags(mountAttributes),
    flags(mountFlags),
  ],
  attachDeviceProgram: [plain, instructions],
});

/** The arguments of an operation as people read them, in the order of its signature. */
export function printArguments(name: OperationName, values: readonly ArgumentValue[]): string[] {
  const special = makePrinters()[name];
  return values.map((value, index) => (special?.[index] ?? plain)(value));
}
