/** Where init's own files are in its root; `image/initramfs/base.ts` puts them there. */
export const bundlePath = '/lib/firstborn/init.js';
/** What V8 compiled of the bundle when it was built. */
export const codeCachePath = '/lib/firstborn/init.cache';
