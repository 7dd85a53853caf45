import { closeSync, constants, ftruncateSync, openSync, writeSync } from 'node:fs';
import { formatChunk, type LogStream, logTime } from './cri-format.ts';
import { countLogged, inodeOf, type LogOffsets, readLogPosition, writeLogPosition } from './log-position.ts';
import { finishRotation, nextLogPath, shiftLogs } from './log-rotation.ts';

export interface LogLimits {
  /** The log is rotated before it grows beyond this. */
  maxBytes: number;
  /** So many files are kept, the current one included. */
  files: number;
}

/**
 * The workload's output on disk, and with it the exact answer to how much of each stream we have: after a kill
 * at any moment a new monitor counts the file and asks the guest for what follows. Every method blocks for its write.
 */
export class WorkloadLog {
  readonly #path: string;
  readonly #limits: LogLimits;
  readonly #nowMs: () => number;
  #fd: number;
  #sizeBytes: number;
  #offsets: LogOffsets;
  /** Bytes that are not in the log lie before its end: the note must say so before more is written. */
  #needsNote: boolean;

  /** Opens the log, and repairs what a kill left half-done. Throws what opening and reading throw. */
  constructor(path: string, limits: LogLimits, nowMs: () => number = Date.now) {
    this.#path = path;
    this.#limits = limits;
    this.#nowMs = nowMs;
    const note = readLogPosition(path);
    finishRotation(path, limits.files, note?.inode);
    this.#fd = openSync(path, 'a', 0o600);
    const isNoted = note !== undefined && note.inode === inodeOf(this.#fd);
    const logged = countLogged(path, isNoted ? note.positionBytes : 0);
    ftruncateSync(this.#fd, logged.endBytes);
    this.#sizeBytes = logged.endBytes;
    this.#needsNote = !isNoted;
    this.#offsets = isNoted
      ? {
          stdout: note.offsets.stdout + logged.offsets.stdout,
          stderr: note.offsets.stderr + logged.offsets.stderr,
        }
      : { stdout: 0, stderr: 0 };
  }

  /** Bytes of each stream of this boot up to which the log has all that came. */
  get offsets(): Readonly<LogOffsets> {
    return this.#offsets;
  }

  /** A machine boots: its streams begin anew. */
  beginBoot(): void {
    this.#offsets = { stdout: 0, stderr: 0 };
    this.#note();
  }

  /**
   * Logs output. When that fails (a full disk) nothing of the chunk is in the log, it counts as lost, and the error is thrown.
   */
  append(stream: LogStream, chunk: Buffer): void {
    try {
      const lines = formatChunk(logTime(this.#nowMs()), stream, chunk);
      if (this.#sizeBytes > 0 && this.#sizeBytes + lines.length > this.#limits.maxBytes) this.#rotate();
      if (this.#needsNote) this.#note();
      this.#write(lines);
    } catch (error) {
      this.#needsNote = true;
      throw error;
    } finally {
      this.#offsets = { ...this.#offsets, [stream]: this.#offsets[stream] + chunk.length };
    }
  }

  /** Bytes of a stream never came. */
  skip(stream: LogStream, missingBytes: number): void {
    this.#offsets = { ...this.#offsets, [stream]: this.#offsets[stream] + missingBytes };
    this.#needsNote = true;
    this.#note();
  }

  close(): void {
    closeSync(this.#fd);
  }

  #write(bytes: Buffer): void {
    try {
      for (let written = 0; written < bytes.length; ) written += writeSync(this.#fd, bytes, written);
    } catch (error) {
      ftruncateSync(this.#fd, this.#sizeBytes);
      throw error;
    }
    this.#sizeBytes += bytes.length;
  }

  #note(): void {
    const position = { inode: inodeOf(this.#fd), positionBytes: this.#sizeBytes, offsets: this.#offsets };
    writeLogPosition(this.#path, position);
    this.#needsNote = false;
  }

  /** The note names the new file before the files move, so that a new monitor knows how to go on. */
  #rotate(): void {
    const { O_WRONLY, O_CREAT, O_APPEND, O_TRUNC } = constants;
    const nextFd = openSync(nextLogPath(this.#path), O_WRONLY | O_CREAT | O_APPEND | O_TRUNC, 0o600);
    try {
      writeLogPosition(this.#path, { inode: inodeOf(nextFd), positionBytes: 0, offsets: this.#offsets });
      shiftLogs(this.#path, this.#limits.files);
    } catch (error) {
      closeSync(nextFd);
      throw error;
    }
    closeSync(this.#fd);
    this.#fd = nextFd;
    this.#sizeBytes = 0;
  }
}
