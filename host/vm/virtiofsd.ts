import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { findInPath } from './qemu-program.ts';
import type { CommandLine } from './machine-description.ts';

const execFileAsync = promisify(execFile);
const helpDeadlineMs = 10_000;
const programName = 'virtiofsd';
/** Where distributions keep it: it is no command for people. */
const libraryDirectories = ['/usr/libexec', '/usr/lib/qemu', '/usr/lib', '/usr/lib/kvm'];

/** The virtiofsd of QEMU up to 7.2, in C, and the one that replaced it, in Rust. Their options differ. */
export type VirtiofsdDialect = 'qemu' | 'rust';
/** How the daemon shuts itself in the directory that it shares. */
export type VirtiofsdSandbox = 'namespace' | 'chroot';

export interface VirtiofsdProgram {
  /** Absolute. */
  path: string;
  dialect: VirtiofsdDialect;
  /** Knows `--readonly`. */
  refusesWrites: boolean;
}

export type VirtiofsdSearch =
  | { state: 'found'; program: VirtiofsdProgram }
  | { state: 'missing'; reason: string };

/** Tells by its help which of the two it is. Pure. */
export function virtiofsdFromHelp(path: string, help: string): VirtiofsdProgram | undefined {
  if (help.includes('--shared-dir')) {
    return { path, dialect: 'rust', refusesWrites: help.includes('--readonly') };
  }
  return help.includes('-o source=') ? { path, dialect: 'qemu', refusesWrites: false } : undefined;
}

/** Looks for virtiofsd in `searchPath` and where distributions keep it. Never throws. */
export async function findVirtiofsd(
  searchPath: string = process.env['PATH'] ?? '',
): Promise<VirtiofsdSearch> {
  const path = await findInPath(programName, [searchPath, ...libraryDirectories].join(':'));
  if (path === undefined) {
    return {
      state: 'missing',
      reason: `there is no program "${programName}" in PATH, ${libraryDirectories.join(', ')}`,
    };
  }
  try {
    const { stdout, stderr } = await execFileAsync(path, ['--help'], { timeout: helpDeadlineMs });
    const program = virtiofsdFromHelp(path, stdout + stderr);
    if (program !== undefined) return { state: 'found', program };
    return { state: 'missing', reason: `"${path}" has options of an unknown kind` };
  } catch (error) {
    return {
      state: 'missing',
      reason: `"${path}" does not run (${(error as Error).message.split('\n')[0]})`,
    };
  }
}

export interface VirtiofsdService {
  sandbox: VirtiofsdSandbox;
  socketPath: string;
  /** Absolute path of the directory to share. */
  directory: string;
  readonly: boolean;
}

/** libfuse's option parser ends a value at a comma; a backslash takes a character as it is. */
const fuseValue = (text: string): string => text.replaceAll(/[\\,]/g, '\\$&');

/** The daemon's words for serving one machine with one directory. Pure. */
export function virtiofsdCommand(program: VirtiofsdProgram, service: VirtiofsdService): CommandLine {
  const { sandbox, socketPath, directory, readonly } = service;
  if (program.dialect === 'qemu') {
    const options = `source=${fuseValue(directory)},sandbox=${sandbox},log_level=err`;
    return { program: program.path, args: [`--socket-path=${socketPath}`, '-o', options] };
  }
  return {
    program: program.path,
    args: [
      ['--socket-path', socketPath],
      ['--shared-dir', directory],
      ['--sandbox', sandbox],
      readonly && program.refusesWrites ? ['--readonly'] : [],
    ].flat(),
  };
}
