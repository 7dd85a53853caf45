import type { MachineInfo } from '../client/index.ts';
import { humanAge } from './human-duration.ts';
import { healthWord, portsText, statusText } from './machine-status.ts';
import { characters, shortened } from './plain-text.ts';

export const psTitles = ['ID', 'IMAGE', 'COMMAND', 'CREATED', 'STATUS', 'PORTS', 'NAME'] as const;

const shortIdLength = 12;
const shortCommandLength = 20;
const shortImageLength = 40;

/** As much of an id as people need. */
export function shortId(id: string): string {
  return id.slice(0, shortIdLength);
}

/** An image is a path here; its end says more than its beginning. */
function shortImage(image: string): string {
  const all = characters(image);
  return all.length <= shortImageLength ? image : `…${all.slice(1 - shortImageLength).join('')}`;
}

export interface PsView {
  nowMs: number;
  /** Shortens nothing. */
  noTrunc: boolean;
}

/** One row of `firstborn ps`. Pure. */
export function psRow(info: MachineInfo, { nowMs, noTrunc }: PsView): string[] {
  const { id, image, command, createdMs, name } = info.record;
  const words = command.join(' ');
  return [
    noTrunc ? id : shortId(id),
    noTrunc ? image : shortImage(image),
    `"${noTrunc ? words : shortened(words, shortCommandLength)}"`,
    humanAge(createdMs, nowMs),
    statusText(info, nowMs),
    portsText(info),
    name,
  ];
}

/** One object of `firstborn ps --json`. Its keys are documented in docs/cli.md and stay. Pure. */
export function psObject(info: MachineInfo, nowMs: number): object {
  const { record, status, state, directory } = info;
  return {
    id: record.id,
    name: record.name,
    image: record.image,
    command: record.command,
    state,
    status: statusText(info, nowMs),
    health: healthWord(info),
    createdMs: record.createdMs,
    startedMs: status.startedMs,
    finishedMs: status.finishedMs,
    exitCode: status.exit?.code ?? null,
    restarts: status.restarts,
    ports: record.ports,
    volumes: record.volumes,
    labels: record.labels,
    directory,
  };
}
