import assert from 'node:assert/strict';
import { capabilities } from '../../addon/constants.ts';
import { containerPlan, type ContainerPlanInput } from '../../init/container/container-plan.ts';
import { type MountSurroundings, prepareMounts } from '../../init/container/mount-sources.ts';
import { planNamespaces } from '../../init/container/namespaces.ts';
import type { RunnableSpec } from '../../init/container/runnable-spec.ts';
import { planLines } from './plan-text.ts';

/** A machine in which nothing is made for a container's mounts but its terminals. */
export const noSurroundings: MountSurroundings = {
  terminals: '/run/firstborn/pts/main',
  copies: new Map(),
  modes: new Map(),
  root: { uid: 0, gid: 0 },
};

/** What the plan of a container is made of when nothing special is asked for. */
export function containerPlanInput(
  spec: RunnableSpec,
  changes: Partial<ContainerPlanInput> = {},
): ContainerPlanInput {
  return {
    id: 'main',
    spec,
    namespaces: planNamespaces(spec.linux?.namespaces ?? []),
    mounts: prepareMounts(spec.mounts ?? [], noSurroundings),
    rootPath: '/newroot',
    hiddenMounts: ['/config', '/dev'],
    stdio: {
      kind: 'descriptors',
      ends: [
        { fd: 20, isPipe: false },
        { fd: 21, isPipe: true },
        { fd: 22, isPipe: true },
      ],
    },
    identity: undefined,
    lastCapability: capabilities.CAP_CHECKPOINT_RESTORE,
    seccomp: undefined,
    ...changes,
  };
}

/** The plan of a container as lines. */
export const containerPlanLines = (spec: RunnableSpec, changes: Partial<ContainerPlanInput> = {}): string[] =>
  planLines(containerPlan(containerPlanInput(spec, changes)));

/** The place of the first line that begins so. Fails when there is none. */
export function placeOf(lines: readonly string[], start: string): number {
  const index = lines.findIndex((line) => line.startsWith(start));
  assert.notEqual(index, -1, `no operation begins with "${start}"`);
  return index;
}

/** Fails unless the first lines that begin so come in this order. */
export function assertOrder(lines: readonly string[], starts: readonly string[]): void {
  const inOrder = starts.toSorted((a, b) => placeOf(lines, a) - placeOf(lines, b));
  assert.deepEqual(inOrder, starts);
}
