/** Bounds on what a tar archive may ask for, with the unit in the name. Archives are untrusted input. */

/** The pax and GNU extension headers of one entry (Go's archive/tar has this bound), or all global ones. */
export const maxTarExtensionBytes = 1024 * 1024;
/** Segments of one sparse file. */
export const maxSparseSegments = 65_536;
/** What disk images have 16 bits for; Linux allows one byte more. */
export const maxXattrValueBytes = 65_535;
/** XATTR_NAME_MAX. */
export const maxXattrNameBytes = 255;

/** PATH_MAX without its NUL, for the path inside the tree. */
export const maxPathBytes = 4095;
/** NAME_MAX. */
export const maxNameBytes = 255;
/** 2^32 - 1 means "no id" to the kernel. */
export const maxOwnerId = 0xffff_fffe;
