/** One report about a preparation that may take long. */
export interface Progress {
  step:
    | 'read image'
    | 'write root disk'
    | 'hash root disk'
    | 'make initramfs'
    | 'write config disk'
    | 'probe KVM';
  /** How far the step has come; absent where nobody can tell. */
  doneBytes?: number;
  totalBytes?: number;
}

/** Called often; must be quick and must not throw. */
export type OnProgress = (progress: Progress) => void;
