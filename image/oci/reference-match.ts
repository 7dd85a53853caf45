/**
 * Whether an image of this name is meant by a reference: the name itself (`docker.io/library/busybox:1.36`),
 * its end (`busybox:1.36`, `library/busybox:1.36`) or its tag (`1.36`).
 */
export function isNamedBy(name: string, reference: string): boolean {
  return name === reference || name.endsWith(`/${reference}`) || name.endsWith(`:${reference}`);
}
