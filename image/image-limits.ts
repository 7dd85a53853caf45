/** Bounds on what an image may ask for, with the unit in the name. Images are untrusted input. */

/** index.json, manifests, image indexes (OCI distribution-spec: registries accept at least 4 MiB). */
export const maxManifestBytes = 4 * 1024 * 1024;
/** How deep image indexes may nest below index.json. */
export const maxIndexDepth = 4;
/** Manifests that one image may list, over all nested indexes. */
export const maxIndexManifests = 1024;

/**
 * Tar entries of all layers together. Up to 900 bytes of heap each while an EROFS is written: as many as fit into
 * the 2 GiB that V8 takes on a small machine, where one more would end the process instead of the call.
 */
export const maxEntries = 1_500_000;
/** Symbolic links followed while one path is resolved: the kernel's MAXSYMLINKS. */
export const maxSymlinkHops = 40;
/** Contents of all files together, holes of sparse files included. */
export const maxContentBytes = 1024 ** 4;
/** Names, link targets and extended attributes of all entries together: what a scan keeps in memory. */
export const maxMetadataBytes = 512 * 1024 ** 2;
/** What any image may unpack to, however small it is. */
const freeExpansionBytes = 16 * 1024 ** 3;
/** Above that: a little more than deflate ever reaches (1032), so that every gzip of real files passes. */
const maxExpansionFactor = 1100;

/** The device numbers that Linux has: 12 bits and 20 bits. */
export const maxDevMajor = 0xfff;
export const maxDevMinor = 0xfffff;

/** How much `storedBytes` may unpack to: holes and repetition cost an image nothing, but its reader dearly. */
export function maxExpandedBytes(storedBytes: number): number {
  return freeExpansionBytes + storedBytes * maxExpansionFactor;
}
