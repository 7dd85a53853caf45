import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as z from 'zod/mini';
import type { KvmVerdict } from './kvm-probe.ts';

/** What a verdict holds for. A reboot, another QEMU or another kernel can change it. */
export interface ProbeSubject {
  /** /proc/sys/kernel/random/boot_id of the host. */
  hostBootId: string;
  qemu: string;
  kernel: string;
}

const Entry = z.strictObject({
  hostBootId: z.string(),
  qemu: z.string(),
  kernel: z.string(),
  verdict: z.discriminatedUnion('works', [
    z.strictObject({ works: z.literal(true) }),
    z.strictObject({ works: z.literal(false), reason: z.string() }),
  ]),
});
const Memory = z.strictObject({ version: z.literal(1), entries: z.array(Entry) });
type Entry = z.infer<typeof Entry>;

const maxEntries = 32;

/** Tells a file from another one under the same name. Throws when it is not there. */
export async function fileIdentity(path: string): Promise<string> {
  const { ino, size, mtimeNs } = await stat(path, { bigint: true });
  return `${path} inode ${ino} size ${size} mtime ${mtimeNs}`;
}

/** A file that is missing, damaged or of another version holds no verdicts; that only costs a probe. */
async function readEntries(path: string): Promise<Entry[]> {
  try {
    const parsed = Memory.safeParse(JSON.parse(await readFile(path, 'utf8')));
    return parsed.success ? parsed.data.entries : [];
  } catch {
    return [];
  }
}

const isAbout = (entry: Entry, subject: ProbeSubject): boolean =>
  entry.hostBootId === subject.hostBootId && entry.qemu === subject.qemu && entry.kernel === subject.kernel;

/** The verdict that an earlier run left, if it was about the same thing. */
export async function recallVerdict(path: string, subject: ProbeSubject): Promise<KvmVerdict | undefined> {
  return (await readEntries(path)).find((entry) => isAbout(entry, subject))?.verdict;
}

/** Keeps a verdict. Replaces the file whole, so that two runs at once leave one of their two states. */
export async function rememberVerdict(
  path: string,
  subject: ProbeSubject,
  verdict: KvmVerdict,
): Promise<void> {
  const others = (await readEntries(path)).filter(
    (entry) => entry.hostBootId === subject.hostBootId && !isAbout(entry, subject),
  );
  const entries = [{ ...subject, verdict }, ...others].slice(0, maxEntries);
  const temporaryPath = `${path}.${randomUUID()}.tmp`;
  await mkdir(dirname(path), { recursive: true });
  try {
    await writeFile(temporaryPath, `${JSON.stringify({ version: 1, entries }, null, 2)}\n`);
    await rename(temporaryPath, path);
  } catch (error) {
    await rm(temporaryPath, { force: true });
    throw error;
  }
}
