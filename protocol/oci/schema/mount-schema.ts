import * as z from 'zod/mini';
import { maxIdMappings, maxMountOptions, maxMounts } from './bounds.ts';
import { maxUint32, optionalText, path, text, uint32, wholeNumber } from './scalars.ts';
import { list, type Rule, specObject } from './structures.ts';
import type { SpecIdMapping } from '../runtime-spec.ts';

function endsInRange({ containerID, hostID, size }: SpecIdMapping): boolean {
  return Math.max(containerID, hostID) + size <= maxUint32;
}

/** The kernel refuses such a map with EINVAL (user_namespaces(7)). */
const withoutOverlap: Rule<SpecIdMapping[]> = (mappings, refuse) => {
  mappings.forEach((mapping, index) => {
    if (!endsInRange(mapping)) refuse([index, 'size'], 'expected ids below 4294967295');
    for (const side of ['containerID', 'hostID'] as const) {
      const other = mappings.findIndex(
        (candidate, at) =>
          at < index &&
          candidate[side] < mapping[side] + mapping.size &&
          mapping[side] < candidate[side] + candidate.size,
      );
      if (other >= 0) refuse([index, side], `overlaps the ids at [${other}]`);
    }
  });
};

export function idMappings() {
  return list(
    specObject({ containerID: uint32(), hostID: uint32(), size: wholeNumber(1, maxUint32) }),
    maxIdMappings,
    withoutOverlap,
  );
}

export function mounts() {
  return list(
    specObject({
      // The spec has relative ones start at the root, and calls them deprecated.
      destination: path().check(z.overwrite((value) => (value.startsWith('/') ? value : `/${value}`))),
      type: optionalText(text(255)),
      source: optionalText(text()),
      options: z.optional(list(text(), maxMountOptions)),
      uidMappings: z.optional(idMappings()),
      gidMappings: z.optional(idMappings()),
    }),
    maxMounts,
  );
}
