/**
 * Where init and its runtime are: in the initramfs, which is unpacked whole into memory, or on a disk of their own, of
 * which only what is used is read.
 */
export const runtimePlaces = ['initramfs', 'disk'] as const;
export type RuntimePlace = (typeof runtimePlaces)[number];
