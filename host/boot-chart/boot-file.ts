import { open } from 'node:fs/promises';
import { FirstbornError } from '../../protocol/errors.ts';
import { BootTimeline } from './boot-timeline.ts';
import { RecordedBoot, RecordedLine } from './recorded-boot.ts';

/** An events log and its older half are no longer than this. */
const maxFileBytes = 64 * 1024 * 1024;

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The boot in a text: the JSON of a timeline, or an events log; `undefined` when it is neither. Pure. */
export function parseBootText(text: string): BootTimeline | undefined {
  const whole = BootTimeline.safeParse(parseJson(text));
  if (whole.success) return whole.data;
  const boot = new RecordedBoot();
  for (const line of text.split('\n')) {
    const recorded = RecordedLine.safeParse(parseJson(line));
    if (recorded.success) boot.take(recorded.data);
  }
  return boot.timeline;
}

/** Reads a file. Throws what opening throws, and a FirstbornError for what can't be an events log. */
async function readText(path: string): Promise<string> {
  await using file = await open(path);
  const stat = await file.stat();
  if (!stat.isFile() || stat.size > maxFileBytes) {
    throw new FirstbornError('host', `expected a file of at most ${maxFileBytes / 1024 / 1024} MiB`);
  }
  return await file.readFile('utf8');
}

/** Reads a boot from a file. Throws a FirstbornError of code `host` when it can't be read or holds none. */
export async function readBootFile(path: string): Promise<BootTimeline> {
  let text: string;
  try {
    text = await readText(path);
  } catch (cause) {
    throw new FirstbornError('host', `Cannot read "${path}"`, { cause });
  }
  const timeline = parseBootText(text);
  if (timeline !== undefined) return timeline;
  throw new FirstbornError(
    'host',
    `Cannot find a boot in "${path}": expected a machine's events.jsonl, or what boot-chart --json prints, of a boot that came to its workload`,
  );
}
