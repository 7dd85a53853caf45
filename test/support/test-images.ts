import { join } from 'node:path';

/** The project's folder. */
export const projectRoot = join(import.meta.dirname, '../..');
export const testImagesDir = join(projectRoot, 'build/test-images');

/** An OCI layout made by umoci; its tags are listed in `prepare-images.ts`. */
export const busyboxLayout = join(testImagesDir, 'busybox');
export const busybox = `${busyboxLayout}:base`;

/** A Debian root with nginx, python3 and iproute2, as mmdebstrap's tar. */
export const debianTar = join(testImagesDir, 'debian.tar');
