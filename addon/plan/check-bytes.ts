/** What bytes must be to be handed to the kernel. */
export interface ByteBounds {
  /** For the message, e.g. `a seccomp filter`. */
  what: string;
  leastBytes: number;
  mostBytes: number;
  /** The length is a multiple of this. */
  unitBytes: number;
}

/** Throws TypeError for a value that is no Uint8Array and RangeError for one of another length. */
export function checkBytes(bytes: Uint8Array, { what, leastBytes, mostBytes, unitBytes }: ByteBounds): void {
  if (!(bytes instanceof Uint8Array)) throw new TypeError(`Cannot encode ${typeof bytes} as ${what}`);
  const { length } = bytes;
  if (length >= leastBytes && length <= mostBytes && length % unitBytes === 0) return;
  const units = unitBytes === 1 ? '' : ` in units of ${unitBytes}`;
  throw new RangeError(
    `Cannot encode ${length} bytes as ${what}, expected ${leastBytes} to ${mostBytes}${units}`,
  );
}

/** One instruction of classic and of extended BPF alike: struct sock_filter, struct bpf_insn. */
export const bpfInstructionBytes = 8;
