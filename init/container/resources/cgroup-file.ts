/** One write(2) to a file of a cgroup's directory. The same file may be written more than once: a line for each device. */
export interface CgroupFile {
  name: string;
  value: string;
  /** What to write where the kernel has no file of that name. */
  otherwise?: CgroupFile;
}

/** Appends a write when there is a value to write. */
export function addFile(files: CgroupFile[], name: string, value: string | undefined): void {
  if (value !== undefined) files.push({ name, value });
}
